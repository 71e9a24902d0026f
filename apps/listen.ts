import { LIMITS } from '../sdk/contracts/common.ts';
import { listenOn } from '../platform/addresses/host.ts';
import type { Peers } from '../platform/http/client-address.ts';
import { problemResponse } from '../platform/kernel/errors.ts';
import { errorFields, type Logger } from '../platform/kernel/log.ts';
import { requestIdOf } from '../platform/http/request.ts';
import { withValidHost } from '../platform/http/request-host.ts';

/** An HTTP server that can drain: it takes no new connections and finishes the requests in flight. */
interface Server {
  port: number;
  /** Makes clients open other connections, while it still takes new ones. */
  leave(): void;
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Longer than the heartbeat of the notification streams. */
const IDLE_SECONDS = 30;

/**
 * Opens a port for a handler. `live`: whether it serves /livez itself, for a gateway that asks its
 * upstreams.
 */
export function listen(options: {
  host: string;
  port: number;
  handle: (request: Request) => Response | Promise<Response>;
  live?: boolean;
  log: Pick<Logger, 'error'>;
  /** Gets the server, for the addresses of its clients. */
  peers?: Peers;
}): Server {
  let inFlight = 0;
  let leaving = false;
  let draining = false;
  const idle = Promise.withResolvers<void>();

  const work = async (request: Request): Promise<Response> => {
    inFlight += 1;
    try {
      const response = await options.handle(request);
      // A client that kept its connection would send on it at the moment when it is closed.
      if (leaving) response.headers.set('connection', 'close');
      return response;
    } finally {
      inFlight -= 1;
      if (draining && inFlight === 0) idle.resolve();
    }
  };
  const settings = {
    port: options.port,
    idleTimeout: IDLE_SECONDS,
    // A body over the endpoint's limit is rejected with a problem; this stops bodies far beyond every limit.
    maxRequestBodySize: 8 * LIMITS.batchBytesMax,
    fetch: (received: Request) => {
      try {
        const request = withValidHost(received);
        if (request !== received) options.peers?.replace(received, request);
        if (options.live && new URL(request.url).pathname === '/livez')
          return Response.json({ status: 'ok' });
        return work(request);
      } catch (error) {
        return problemResponse(error, requestIdOf(received));
      }
    },
    error: (error: Error) => responseToUnexpected(error, options.log),
  };
  const server = listenOn(options.host, (hostname) => Bun.serve({ ...settings, hostname }));
  options.peers?.add(server);
  return {
    port: server.port ?? options.port,
    leave: () => void (leaving = true),
    drain: async () => {
      leaving = true;
      draining = true;
      // Resolves when the last connection is gone, which an idle one may hold up: only requests in flight
      // count.
      void server.stop(false);
      if (inFlight > 0) await idle.promise;
    },
    close: () => server.stop(true),
  };
}

function responseToUnexpected(error: Error, log: Pick<Logger, 'error'>): Response {
  const requestId = requestIdOf(new Request('http://localhost/'));
  log.error({ ...errorFields(error), request_id: requestId }, 'unexpected error of a listener');
  return problemResponse(error, requestId);
}
