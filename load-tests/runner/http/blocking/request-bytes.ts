import { haveSameTexts } from '../../protocol/tag-sets.ts';
import type { RequestSpec } from '../../protocol/requests.ts';

/** A URL as a connection and a request line need it. */
export interface Target {
  url: URL;
  port: number;
  path: string;
  /** Where the options send it; absent for a name that has to be looked up. */
  place?: Place;
  /** The last request to it: most have the same head. */
  last?: SentHead;
}

interface SentHead {
  method: string;
  headers: Record<string, string>;
  keepAlive: boolean;
  /** Without the length of the body and the empty line. */
  text: string;
}

/** The addresses of a name, in the order in which they are tried, and the port. */
export interface Place {
  addresses: string[];
  port: number;
}

/** Bounded because a script may have a URL of its own for each request. */
const MEMORY_MAX = 500;
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Headers by which fetch frames a request or changes the connection. */
const SPECIAL = /^(connection|expect|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** Bytes of Latin-1 without control characters, with nothing around them that fetch would take away. */
const VALUE = /^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/;

/** Writes requests as bytes of HTTP/1.1. */
export function createRequestWriter() {
  const targets = new Map<string, Target>();
  const names = new Map<string, string>();
  let buffer = createBuffer(SMALL);
  const lowerName = (name: string): string => {
    let lower = names.get(name);
    if (lower === undefined) {
      lower = name.toLowerCase();
      remember(names, name, lower);
    }
    return lower;
  };
  /** Returns undefined for headers that fetch has to send. */
  const headOf = (
    method: string,
    { path, url }: Target,
    { sentHeaders, keepAlive }: Settings,
  ): string | undefined => {
    const usedNames = new Set<string>();
    let head = `${method} ${path} HTTP/1.1\r\n`;
    for (const name in sentHeaders) {
      const lower = lowerName(name);
      const value = sentHeaders[name]!;
      if (usedNames.has(lower) || !TOKEN.test(lower) || SPECIAL.test(lower) || !VALUE.test(value))
        return undefined;
      usedNames.add(lower);
      // As with fetch, the length is that of the body.
      if (lower !== 'content-length') head += `${name}: ${value}\r\n`;
    }
    if (!usedNames.has('host')) head += `Host: ${url.host}\r\n`;
    if (!usedNames.has('accept')) head += 'Accept: */*\r\n';
    return `${head}Connection: ${keepAlive ? 'keep-alive' : 'close'}\r\n`;
  };
  return {
    /** Returns undefined for an address of another scheme, or with credentials: fetch sends those its way. */
    targetOf(address: string): Target | undefined {
      const remembered = targets.get(address);
      if (remembered) return remembered;
      const url = /^http:\/\/./i.test(address) ? URL.parse(address) : null;
      if (!url || url.username !== '' || url.password !== '') return undefined;
      const target = { url, port: Number(url.port) || 80, path: url.pathname + url.search };
      remember(targets, address, target);
      return target;
    },
    /** Returns the bytes, which stay until the next call; undefined for a request that fetch has to send. */
    write(spec: RequestSpec, target: Target, { sentHeaders, keepAlive }: Settings): Written | undefined {
      if (!METHODS.has(spec.method) || spec.digest !== undefined) return undefined;
      const length = spec.body === null ? 0 : Buffer.byteLength(spec.body);
      const isBodyless = spec.method === 'GET' || spec.method === 'HEAD';
      if (isBodyless && length > 0) return undefined;
      const { last } = target;
      const isSame =
        last?.method === spec.method &&
        last.keepAlive === keepAlive &&
        haveSameTexts(last.headers, sentHeaders);
      const text = isSame ? last.text : headOf(spec.method, target, { sentHeaders, keepAlive });
      if (text === undefined) return undefined;
      if (!isSame) target.last = { method: spec.method, headers: sentHeaders, keepAlive, text };
      const head = text + (isBodyless ? '\r\n' : `Content-Length: ${length}\r\n\r\n`);
      const size = head.length + length;
      if (size > buffer.length || buffer.length > SMALL) buffer = createBuffer(Math.max(SMALL, size));
      buffer.write(head, 0, 'latin1');
      if (typeof spec.body === 'string') buffer.write(spec.body, head.length);
      else if (spec.body) buffer.set(spec.body, head.length);
      return { bytes: buffer, length: size };
    },
  };
}

interface Settings {
  sentHeaders: Record<string, string>;
  keepAlive: boolean;
}

export interface Written {
  bytes: Buffer;
  length: number;
}

const SMALL = 16 * 1024;

/** Memory of its own: the system's calls need its place. */
export const createBuffer = (size: number): Buffer => Buffer.from(new ArrayBuffer(size));

function remember<T>(memory: Map<string, T>, key: string, value: T): void {
  if (memory.size >= MEMORY_MAX) memory.clear();
  memory.set(key, value);
}
