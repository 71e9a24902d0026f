import type { SocketEvent, SocketHandle } from '../protocol/sockets.ts';
import { callableClass } from './callable-class.ts';
import { type SocketParams, toSocketSpec } from './socket-spec.ts';
import type { UserState } from './user-state.ts';

const STATE = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;
const EVENTS = ['open', 'message', 'error', 'close', 'ping', 'pong'] as const;
type EventName = (typeof EVENTS)[number];
type Listener = (event: object) => void;

/** `k6/websockets`: WebSockets of the event loop; an iteration lasts until all its connections are closed. */
export function createWebSocketsModule(state: UserState) {
  class WebSocket extends ScriptSocket {
    constructor(url: string, protocols?: string | string[] | null, params?: SocketParams | null) {
      super(state, url, { protocols, params });
    }
  }
  const module = { WebSocket: callableClass(WebSocket), Blob: callableClass(Blob) };
  return { __esModule: true, ...module, default: module };
}

interface SocketSettings {
  protocols: string | string[] | null | undefined;
  params: SocketParams | null | undefined;
}

/** A class, since scripts call it with `new` and read its constants. */
class ScriptSocket {
  static readonly CONNECTING = STATE.CONNECTING;
  static readonly OPEN = STATE.OPEN;
  static readonly CLOSING = STATE.CLOSING;
  static readonly CLOSED = STATE.CLOSED;
  readonly CONNECTING = STATE.CONNECTING;
  readonly OPEN = STATE.OPEN;
  readonly CLOSING = STATE.CLOSING;
  readonly CLOSED = STATE.CLOSED;
  readonly url: string;
  readyState: number = STATE.CONNECTING;
  bufferedAmount = 0;
  binaryType = 'blob';
  onopen: Listener | null = null;
  onmessage: Listener | null = null;
  onerror: Listener | null = null;
  onclose: Listener | null = null;
  onping: Listener | null = null;
  onpong: Listener | null = null;
  readonly #listeners = new Map<string, Listener[]>();
  readonly #socket: SocketHandle;
  readonly #end: () => void;

  readonly #state: UserState;

  constructor(state: UserState, address: string, { protocols, params }: SocketSettings) {
    this.#state = state;
    this.url = readUrl(address);
    const list = [protocols ?? []].flat();
    const spec = toSocketSpec(state, { kind: 'websocket', url: this.url, protocols: list }, params ?? {});
    const isCurrent = state.pending.currentIteration();
    this.#end = state.pending.begin();
    this.#socket = state.host.openSocket(spec, (event) => {
      if (isCurrent()) this.#receive(event);
    });
  }

  addEventListener(name: string, listener: Listener): void {
    if (!(EVENTS as readonly string[]).includes(name)) throw new Error(`unsupported event type '${name}'`);
    if (typeof listener !== 'function') throw new TypeError('addEventListener requires a function');
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
  }

  send(data: unknown): void {
    if (this.readyState === STATE.CONNECTING)
      throw new Error('InvalidStateError: the WebSocket is not open yet');
    if (this.readyState !== STATE.OPEN) return;
    if (!(data instanceof Blob)) return this.#socket.send({ kind: 'send', data: contentOf(data) });
    const end = this.#state.pending.begin();
    void data
      .arrayBuffer()
      .then((bytes) => this.#socket.send({ kind: 'send', data: bytes }))
      .finally(end);
  }

  ping(): void {
    if (this.readyState === STATE.CONNECTING)
      throw new Error('InvalidStateError: the WebSocket is not open yet');
    if (this.readyState === STATE.OPEN) this.#socket.send({ kind: 'ping' });
  }

  close(code = 1000, reason = ''): void {
    if (code !== 1000 && !(code >= 1001 && code <= 4999)) throw new Error(`invalid close code ${code}`);
    if (this.readyState >= STATE.CLOSING) return;
    this.readyState = STATE.CLOSING;
    this.#socket.send({ kind: 'close', code, reason, isFinal: false });
  }

  #receive(event: SocketEvent): void {
    if (event.kind === 'open') {
      if (this.readyState !== STATE.CONNECTING) return;
      this.readyState = STATE.OPEN;
      this.#fire('open', {});
    } else if (event.kind === 'message') {
      const { data } = event;
      const isBlob = typeof data !== 'string' && this.binaryType !== 'arraybuffer';
      this.#fire('message', { data: isBlob ? new Blob([data]) : data });
    } else if (event.kind === 'ping' || event.kind === 'pong') this.#fire(event.kind, {});
    else if (event.kind === 'error') this.#fire('error', { error: event.error });
    else if (event.kind === 'failed' || event.kind === 'close') this.#close(event);
  }

  #close(event: Extract<SocketEvent, { kind: 'failed' | 'close' }>): void {
    this.readyState = STATE.CLOSED;
    if (event.kind === 'failed') {
      this.#state.host.log('warning', `WebSocket ${this.url}: ${event.error}`);
      this.#fire('error', { error: event.error });
      this.#fire('close', { code: 1006, reason: '' });
    } else this.#fire('close', { code: event.code, reason: event.reason });
    this.#end();
  }

  /** An error of a listener is an error of the iteration. */
  #fire(type: EventName, fields: object): void {
    const event = { ...fields, type, timestamp: Date.now(), target: this };
    try {
      for (const listener of [this[`on${type}`], ...(this.#listeners.get(type) ?? [])]) {
        listener?.call(this, event);
      }
    } catch (error) {
      this.#state.pending.fail(error);
    }
  }
}

function readUrl(address: string): string {
  const url = URL.parse(address);
  if (!url) throw new SyntaxError(`invalid WebSocket URL "${address}"`);
  if (!/^(wss?|https?):$/.test(url.protocol)) throw new SyntaxError(`unsupported protocol ${url.protocol}`);
  if (url.hash !== '') throw new SyntaxError('the URL of a WebSocket has no fragment');
  return address.replace(/^http/i, 'ws');
}

function contentOf(data: unknown): string | ArrayBuffer {
  if (typeof data === 'string') return data;
  if (data instanceof ArrayBuffer) return data;
  if (ArrayBuffer.isView(data)) {
    return Uint8Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).buffer;
  }
  throw new TypeError(`a WebSocket cannot send a ${data === null ? 'null' : typeof data}`);
}
