import type { SocketEvent } from '../protocol/sockets.ts';
import { createHandlers, type Handlers } from './socket-handlers.ts';
import { type SocketParams, toSocketSpec } from './socket-spec.ts';
import type { UserState } from './user-state.ts';

type Setup = (socket: object) => void;

const EVENTS = ['open', 'message', 'binaryMessage', 'ping', 'pong', 'close', 'error'];
const GOING_AWAY = 1001;
const NORMAL = 1000;
/** Codes of a close that is no error, or whose error came before. */
const NO_ERROR = [NORMAL, GOING_AWAY, 1006];

/** `k6/ws`: the user waits until its WebSocket is closed. */
export function createWsModule(state: UserState) {
  const connect = (url: string, paramsOrSetup: SocketParams | Setup | null | undefined, later?: Setup) => {
    const setup = typeof paramsOrSetup === 'function' ? paramsOrSetup : later;
    if (typeof setup !== 'function')
      throw new TypeError('the last argument to ws.connect must be a function');
    const params = typeof paramsOrSetup === 'function' ? {} : (paramsOrSetup ?? {});
    if (!/^wss?:\/\/./i.test(url) || !URL.canParse(url)) throw new Error(`invalid WebSocket URL "${url}"`);
    const spec = toSocketSpec(state, { kind: 'websocket', url }, params);
    const socket = state.host.openSocketNow(spec);
    const handlers = createHandlers(EVENTS);
    let isClosed = false;
    const close = (code: number = GOING_AWAY): void => {
      if (isClosed) return;
      isClosed = true;
      socket.send({ kind: 'close', code, reason: '', isFinal: true });
      handlers.call('close', code);
    };
    try {
      const first = socket.next(Infinity);
      setup({
        on: handlers.on,
        close,
        send(data: unknown) {
          if (typeof data !== 'string') throw new TypeError('send() takes a string');
          socket.send({ kind: 'send', data });
        },
        sendBinary(data: unknown) {
          if (!(data instanceof ArrayBuffer)) throw new TypeError('sendBinary() takes an ArrayBuffer');
          socket.send({ kind: 'send', data });
        },
        ping: () => socket.send({ kind: 'ping' }),
        setTimeout: handlers.setTimeout,
        setInterval: handlers.setInterval,
      });
      if (first?.kind !== 'open') return failedResponse(state, url, { first, handlers });
      handlers.call('open');
      while (!isClosed) {
        const event = socket.next(handlers.nextTimerAt());
        if (event?.kind === 'close') {
          isClosed = true;
          if (!NO_ERROR.includes(event.code)) handlers.call('error', errorOf(`close ${event.code}`));
          handlers.call('close', event.code);
        } else if (event) callFor(handlers, event);
        else handlers.runTimers();
      }
      return { url, status: 101, headers: first.headers, body: '', error: '' };
    } finally {
      if (!isClosed) socket.send({ kind: 'close', code: GOING_AWAY, reason: '', isFinal: true });
    }
  };
  const module = { connect };
  return { __esModule: true, ...module, default: module };
}

const errorOf = (message: string) => ({ error: () => message, toString: () => message });

function failedResponse(
  state: UserState,
  url: string,
  { first, handlers }: { first: SocketEvent | undefined; handlers: Handlers },
) {
  const failure = first?.kind === 'failed' ? first : undefined;
  const message = failure?.error ?? 'the connection ended';
  handlers.call('error', errorOf(message));
  if (state.setup.options?.http.throw) throw new Error(message);
  state.host.log('warning', `Attempt to establish a WebSocket connection failed error="${message}"`);
  return { url, status: failure?.status ?? 0, headers: failure?.headers ?? {}, body: '', error: message };
}

function callFor(handlers: Handlers, event: SocketEvent): void {
  if (event.kind === 'message' && typeof event.data === 'string') handlers.call('message', event.data);
  else if (event.kind === 'message') handlers.call('binaryMessage', event.data);
  else if (event.kind === 'ping' || event.kind === 'pong') handlers.call(event.kind);
  else if (event.kind === 'error') handlers.call('error', errorOf(event.error));
}
