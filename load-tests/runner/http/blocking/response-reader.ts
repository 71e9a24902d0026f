import { createBuffer } from './request-bytes.ts';
import { checkUnfinished, endOfHead, parseHead, type ResponseHead, SHORTEST } from './response-head.ts';
import type { RequestClock } from './request-clock.ts';
import { SocketError, type Tcp } from './tcp.ts';

/** A response as it is in the memory of its reader, until the next is read. */
export interface RawResponse {
  head: ResponseHead;
  body: Buffer;
  /** Whether the connection can be used again. */
  keepAlive: boolean;
}

/** The connection that a response comes over. */
interface ByteSource {
  fd: number;
  deadline: number;
  /** Takes the moment at which a response's first byte had come, once its head has. */
  clock: Pick<RequestClock, 'responding'>;
}

/** Most responses need no more. */
const SMALL = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/** Reads responses one after the other. */
export function createResponseReader({ receive, arrivedAt }: Pick<Tcp, 'receive' | 'arrivedAt'>) {
  let buffer = createBuffer(SMALL);
  let length = 0;
  let hasHead = false;
  let source: ByteSource = { fd: -1, deadline: 0, clock: { responding() {} } };
  const reserve = (size: number): void => {
    if (size <= buffer.length) return;
    const larger = createBuffer(Math.max(size, buffer.length * 2));
    larger.set(buffer.subarray(0, length));
    buffer = larger;
  };
  /** Returns false at the end of the stream. */
  const fill = (): boolean => {
    reserve(length + 1);
    const count = receive(source.fd, { into: buffer, at: length, deadline: source.deadline });
    length += count;
    return count > 0;
  };
  const input: HeadInput = { fill, arrivedAt, text: (from) => buffer.toString('latin1', from, length) };
  const view: BodyView = {
    length: () => length,
    bytes: () => buffer,
    need(size) {
      if (length >= size) return;
      reserve(size);
      const isMissing = () => length < size;
      while (isMissing()) if (!fill()) throw new SocketError('EOF');
    },
    fill,
  };
  return {
    /** Whether the head of the last response had come to its end. */
    hasHead: () => hasHead,
    /** Throws a SocketError for bytes that are no response, and for one that ends before its end. */
    read(from: ByteSource, method: string): RawResponse {
      if (buffer.length > SMALL) buffer = createBuffer(SMALL);
      source = from;
      length = 0;
      hasHead = false;
      const { head, end, firstByteAt } = readHead(input);
      hasHead = true;
      source.clock.responding(firstByteAt);
      const { body, last } = readBody(head, { method, from: end, view });
      return { head, body, keepAlive: head.keepAlive && last === length };
    },
  };
}

interface HeadInput {
  fill(): boolean;
  text(from: number): string;
  arrivedAt(): number;
}

/** Passes informational responses by. */
function readHead({ fill, text, arrivedAt }: HeadInput) {
  let from = 0;
  let firstByteAt = 0;
  let unread = '';
  for (;;) {
    const size = unread.length < SHORTEST ? 0 : endOfHead(unread);
    if (size === 0) {
      if (unread.length >= SHORTEST) checkUnfinished(unread);
      if (!fill()) throw new SocketError('EOF');
      firstByteAt ||= arrivedAt();
      unread = text(from);
      continue;
    }
    const head = parseHead(unread.slice(0, size));
    from += size;
    if (head.status === 101) throw new SocketError('UnrequestedUpgrade');
    if (head.status < 100 || head.status >= 200) return { head, end: from, firstByteAt };
    unread = unread.slice(size);
    // The time of the response is that of its own bytes.
    if (unread === '') firstByteAt = 0;
  }
}

interface BodyView {
  length(): number;
  bytes(): Buffer;
  /** Waits for so many bytes; throws when the stream ends before. */
  need(size: number): void;
  fill(): boolean;
}

interface BodyPlace {
  method: string;
  /** The place behind the head. */
  from: number;
  view: BodyView;
}

interface Body {
  body: Buffer;
  /** The place behind it. */
  last: number;
}

/** Throws a SocketError when the stream ends before the body does. */
function readBody(head: ResponseHead, { method, from, view }: BodyPlace): Body {
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return { body: NOTHING, last: from };
  if (head.isChunked) return readChunks(view, from);
  if (head.contentLength !== undefined) {
    const last = from + head.contentLength;
    view.need(last);
    return { body: view.bytes().subarray(from, last), last };
  }
  while (view.fill()) continue;
  // The connection has ended with the body.
  return { body: view.bytes().subarray(from, view.length()), last: -1 };
}

function readChunks(view: BodyView, from: number): Body {
  let at = from;
  const places: [from: number, to: number][] = [];
  /** Returns the line at this place and goes behind it; undefined when the stream ends before it does. */
  const nextLine = (): string | undefined => {
    let searched = at;
    for (;;) {
      const end = view.bytes().subarray(0, view.length()).indexOf(10, searched);
      if (end !== -1) {
        const line = view.bytes().toString('latin1', at, end);
        at = end + 1;
        if (!line.endsWith('\r')) throw new SocketError('InvalidHTTPResponse');
        return line.slice(0, -1);
      }
      searched = view.length();
      if (!view.fill()) return undefined;
    }
  };
  for (;;) {
    const line = nextLine();
    if (line === undefined) throw new SocketError('EOF');
    const [digits = ''] = /^[0-9a-f]*/i.exec(line) ?? [];
    const size = Number.parseInt(digits, 16);
    if (digits === '' || !Number.isSafeInteger(size)) throw new SocketError('InvalidHTTPResponse');
    if (size === 0) break;
    view.need(at + size);
    places.push([at, at + size]);
    at += size;
    view.need(at + 2);
    if (view.bytes().toString('latin1', at, at + 2) !== '\r\n') throw new SocketError('InvalidHTTPResponse');
    at += 2;
  }
  // Trailers; a stream that ends here has said all.
  for (let line = nextLine(); line; ) line = nextLine();
  const parts = places.map(([from, to]) => view.bytes().subarray(from, to));
  return { body: parts.length === 1 ? parts[0]! : Buffer.concat(parts), last: at };
}
