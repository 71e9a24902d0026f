import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import driver, { type Driver } from 'websocket-driver';
import { canonicalName } from '../http/exchange.ts';
import { toSocketTls } from '../http/tls.ts';
import type { SocketCommand, SocketEvent, SocketHandle, SocketSpec } from '../protocol/sockets.ts';
import type { Tags } from '../protocol/metrics.ts';
import type { Network } from './network.ts';

interface Subscriber {
  listener(event: SocketEvent): void;
  signal: AbortSignal;
}

/** A server that does not end its side of a closed connection keeps it no longer. */
const CLOSE_MS = 5000;
const ABNORMAL = 1006;
const ENDED = 'the connection ended without a closing handshake';

/** Opens a WebSocket with the metrics of k6, measured at the connection. */
export function openWebSocket(spec: SocketSpec, network: Network, subscriber: Subscriber): SocketHandle {
  const protocol = driver.client(spec.url, { protocols: spec.protocols });
  for (const [name, value] of Object.entries(spec.headers)) protocol.setHeader(name, value);
  const session = createSession(spec, network);
  let socket: Socket | undefined;
  let state: 'connecting' | 'open' | 'over' = 'connecting';
  const end = (event: SocketEvent) => {
    if (state === 'over') return;
    clearTimeout(timer);
    if (state === 'connecting') session.connected(0, '');
    else session.over();
    state = 'over';
    session.moved(socket);
    subscriber.listener(event);
    // Frames that were written before still leave.
    if (socket && !socket.destroyed) socket.end(() => socket?.destroy());
  };
  const fail = (error: string) => {
    if (state === 'connecting') {
      return end({ kind: 'failed', status: statusOf(error), headers: headersOf(protocol), error });
    }
    if (state === 'open') subscriber.listener({ kind: 'error', error });
    end({ kind: 'close', code: ABNORMAL, reason: '' });
  };
  let timer = setTimeout(() => fail('handshake timeout'), spec.timeoutMs);
  protocol.on('open', () => {
    state = 'open';
    clearTimeout(timer);
    session.connected(101, protocol.protocol ?? '');
    subscriber.listener({
      kind: 'open',
      status: 101,
      headers: headersOf(protocol),
      protocol: protocol.protocol ?? '',
    });
  });
  protocol.on('message', ({ data }) => {
    session.received();
    const content = typeof data === 'string' ? data : Uint8Array.from(data).buffer;
    subscriber.listener({ kind: 'message', data: content });
  });
  protocol.on('ping', () => subscriber.listener({ kind: 'ping' }));
  protocol.on('pong', () => subscriber.listener({ kind: 'pong' }));
  protocol.on('error', (error) => fail(error.message));
  protocol.on('close', ({ code, reason }) =>
    state === 'connecting' || code === ABNORMAL
      ? fail(reason || ENDED)
      : end({ kind: 'close', code, reason }),
  );
  subscriber.signal.addEventListener('abort', () => end({ kind: 'close', code: ABNORMAL, reason: '' }));
  connectTo(spec, network).then(
    (connected) => {
      socket = connected;
      if (state === 'over') return void socket.destroy();
      socket.on('error', (error) => fail(error.message));
      socket.on('close', () => fail(ENDED));
      protocol.io.pipe(socket);
      socket.pipe(protocol.io);
      protocol.start();
    },
    (error: Error) => fail(error.message),
  );
  return {
    send(command) {
      if (state === 'connecting' && command.kind === 'close') fail('closed before it was open');
      if (state !== 'open') return;
      sendCommand(protocol, session, command);
      if (command.kind !== 'close') return;
      const closed: SocketEvent = { kind: 'close', code: command.code, reason: command.reason };
      if (command.isFinal) end(closed);
      else timer = setTimeout(() => end(closed), CLOSE_MS);
    },
  };
}

type Session = ReturnType<typeof createSession>;

function sendCommand(protocol: Driver, session: Session, command: SocketCommand): void {
  if (command.kind === 'close') {
    protocol.close(command.reason, command.code);
    return;
  }
  if (command.kind === 'ping') {
    const sentAt = performance.now();
    protocol.ping(String(sentAt), () => session.ponged(performance.now() - sentAt));
    return;
  }
  session.sent();
  if (typeof command.data === 'string') protocol.text(command.data);
  else protocol.binary(Buffer.from(command.data));
}

/** Emits the metrics of one connection. */
function createSession(spec: SocketSpec, { emit }: Network) {
  const startedAt = performance.now();
  let tags: Tags = { ...spec.tags, url: spec.url };
  const emitNow = (metric: string, value: number) => emit({ metric, value, tags });
  return {
    connected(status: number, subproto: string) {
      tags = { ...tags, status: String(status), subproto };
      emitNow('ws_sessions', 1);
      emitNow('ws_connecting', performance.now() - startedAt);
    },
    received: () => emitNow('ws_msgs_received', 1),
    sent: () => emitNow('ws_msgs_sent', 1),
    ponged: (ms: number) => emitNow('ws_ping', ms),
    over: () => emitNow('ws_session_duration', performance.now() - startedAt),
    moved(socket: Socket | undefined) {
      if (!socket) return;
      emit({ metric: 'data_sent', value: socket.bytesWritten, tags: spec.tags });
      emit({ metric: 'data_received', value: socket.bytesRead, tags: spec.tags });
    },
  };
}

const headersOf = ({ headers }: Driver): Record<string, string> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [canonicalName(name), value]));

/** The library tells the status of a refusal in its message alone. */
const statusOf = (error: string): number => Number(/response code: (\d+)/.exec(error)?.[1] ?? 0);

async function connectTo(spec: SocketSpec, { addresses, tlsFor }: Network): Promise<Socket> {
  const url = new URL(spec.url.replace(/^ws/i, 'http'));
  const destination = await addresses.find(url);
  const isSecure = url.protocol === 'https:';
  const target =
    destination.connectTo === undefined ? url : new URL(`${url.protocol}//${destination.connectTo}`);
  const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(target.port) || (isSecure ? 443 : 80);
  if (!isSecure) return whenConnected(connectPlain({ host, port }), 'connect');
  const tls = toSocketTls(tlsFor(url, true));
  return whenConnected(connectSecure({ host, port, ...tls }), 'secureConnect');
}

function whenConnected<Kind extends Socket>(socket: Kind, event: string): Promise<Kind> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
