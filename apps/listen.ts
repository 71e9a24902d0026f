import { LIMITS } from '../sdk/contracts/common.ts';
import { problemResponse } from '../platform/errors.ts';
import { requestIdOf } from '../platform/request.ts';

/** An HTTP server that can drain: it takes no new connections and finishes what it has. */
export interface Server {
  port: number;
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Longer than the heartbeat of the notification streams. */
const IDLE_SECONDS = 30;

/**
 * Opens a port for a handler. `live`: whether it answers /livez itself, for a gateway that asks its
 * upstreams.
 */
export function listen(options: {
  host: string;
  port: number;
  handle: (request: Request) => Promise<Response>;
  live?: boolean;
}): Server {
  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    idleTimeout: IDLE_SECONDS,
    // A body over the endpoint's limit is refused with a problem; this stops what is far beyond all of them.
    maxRequestBodySize: 8 * LIMITS.batchBytesMax,
    fetch: (request) => {
      if (options.live && new URL(request.url).pathname === '/livez') return Response.json({ status: 'ok' });
      return options.handle(request);
    },
    error: () => problemResponse(new Error('unexpected'), requestIdOf(new Request('http://localhost/'))),
  });
  return {
    port: server.port ?? options.port,
    drain: async () => {
      await server.stop(false);
    },
    close: async () => {
      await server.stop(true);
    },
  };
}
