import type { HttpOptions } from '../../protocol/requests.ts';
import { createConnections } from './connections.ts';
import type { Libc } from './libc.ts';
import type { Place, Written } from './request-bytes.ts';
import type { RequestClock } from './request-clock.ts';
import { createResponseReader, type RawResponse } from './response-reader.ts';
import { createTcp, SocketError } from './tcp.ts';

interface Exchange extends Place {
  method: string;
  written: Written;
  deadline: number;
  clock: RequestClock;
}

export interface TransportServices {
  libc: Libc;
  /** The open descriptors, as the main thread sees them. */
  descriptors: SharedArrayBuffer;
  /** Called while the thread waits; may never return. */
  onWait(): void;
}

/** Methods without an effect: k6 sends them again when a connection that it kept turns out to be over. */
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Exchanges requests for responses over connections that are kept. */
export function createTransport(
  { noConnectionReuse }: Pick<HttpOptions, 'noConnectionReuse'>,
  { libc, descriptors, onWait }: TransportServices,
) {
  const tcp = createTcp(libc, onWait);
  const connections = createConnections(descriptors, tcp.close);
  const reader = createResponseReader(tcp);
  const connect = ({ addresses, port, deadline, clock }: Exchange): [fd: number, address: string] => {
    let failure: unknown = new SocketError('FailedToOpenSocket');
    clock.connecting();
    for (const address of addresses) {
      let fd: number | undefined;
      try {
        fd = tcp.open(address);
        // Before it waits: the thread may be ended in the wait.
        connections.open(fd);
        tcp.connect(fd, { address, port, deadline });
        clock.connected();
        return [fd, address];
      } catch (error) {
        if (fd !== undefined) connections.close(fd);
        failure = error;
        if (!(error instanceof SocketError)) break;
      }
    }
    throw failure;
  };
  const takeIdle = ({ addresses, port }: Place): [fd: number, address: string] | undefined => {
    for (const address of addresses) {
      const fd = connections.take(originOf(address, port));
      if (fd === undefined) continue;
      if (!tcp.isStale(fd)) return [fd, address];
      connections.close(fd);
    }
    return undefined;
  };
  const run = (fd: number, remoteIp: string, { method, written, deadline, clock }: Exchange): RawResponse => {
    clock.sending(remoteIp);
    const isSent = tcp.send(fd, written, deadline);
    clock.sent();
    const response = reader.read({ fd, deadline, clock }, method);
    clock.received(tcp.arrivedAt());
    response.keepAlive &&= isSent && !noConnectionReuse;
    return response;
  };
  /** Throws a SocketError, or a TimeoutError at the deadline. */
  const exchange = (request: Exchange): RawResponse => {
    const idle = takeIdle(request);
    const connection = idle ?? connect(request);
    const fd = connection[0];
    const remoteIp = connection[1];
    try {
      const response = run(fd, remoteIp, request);
      if (response.keepAlive) connections.keep(originOf(remoteIp, request.port), fd);
      else connections.close(fd);
      return response;
    } catch (error) {
      connections.close(fd);
      const isOver = error instanceof SocketError && ENDS.has(error.code) && !reader.hasHead();
      if (!idle || !isOver || !REPEATABLE.has(request.method)) throw error;
      return exchange(request);
    }
  };
  return { exchange, close: connections.closeAll };
}

/** The ways in which the other side ends a connection. */
const ENDS = new Set(['EOF', 'ECONNRESET']);

const originOf = (address: string, port: number) => `${address} ${port}`;
