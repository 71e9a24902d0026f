import { LIMITS } from '../sdk/contracts/common.ts';
import { listenOn } from '../platform/addresses/host.ts';
import type { Peers } from '../platform/http/client-address.ts';
import { type ListenerTls, NO_CERTIFICATES, type ProcessTls } from '../platform/http/process-tls.ts';
import { problemResponse } from '../platform/kernel/errors.ts';
import { pause } from '../platform/kernel/lifecycle.ts';
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
const OVERLAP_MS = 1000;

interface ListenOptions {
  host: string;
  port: number;
  /** Whether other processes of the same user may listen on the port as well. */
  isShared?: boolean;
  handle: (request: Request) => Response | Promise<Response>;
  /** Whether it serves /livez itself, for a gateway that asks its upstreams. */
  live?: boolean;
  log: Pick<Logger, 'error'>;
  /** Gets the server, for the addresses of its clients. */
  peers?: Peers;
  /** Without it, or without a certificate, it takes plain HTTP. */
  tls?: ProcessTls;
}

/** Opens a port for a handler. */
export function listen(options: ListenOptions): Server {
  const { tls = NO_CERTIFICATES, peers } = options;
  let leaving = false;
  const requests = createRequests(options.handle, (certificate) => leaving || certificate !== tls.listener());
  const open = (port: number): Bun.Server<undefined> => {
    const opened = openServer(options, port, tls.listener(), requests.handle);
    peers?.add(opened);
    return opened;
  };
  // A certificate's server shares its port: not with a stranger who has it already.
  if (tls.listener() && !options.isShared)
    void openServer(options, options.port, null, requests.handle).stop(true);
  let server = open(options.port);
  const replaceServer = async () => {
    const outdated = server;
    server = open(server.port ?? options.port);
    // Both take connections for a moment, so that those that are being opened find one.
    await pause(OVERLAP_MS);
    void outdated.stop(false);
  };
  tls.onRenewal(() => {
    if (leaving) return;
    replaceServer().catch((error: unknown) =>
      options.log.error(errorFields(error), 'the renewed certificate cannot be used'),
    );
  });
  return {
    port: server.port ?? options.port,
    leave: () => void (leaving = true),
    drain: async () => {
      leaving = true;
      // Resolves when the last connection is gone, which an idle one may hold up: only requests in flight
      // count.
      void server.stop(false);
      await requests.untilNone();
    },
    close: () => server.stop(true),
  };
}

type HandleRequest = (request: Request, certificate: ListenerTls | null) => Promise<Response>;

/** The runtime cannot change the certificate of a server: with a renewed one, another opens on its port. */
function openServer(
  { host, isShared = false, live, peers, log }: ListenOptions,
  port: number,
  certificate: ListenerTls | null,
  handle: HandleRequest,
): Bun.Server<undefined> {
  const settings = {
    port,
    idleTimeout: IDLE_SECONDS,
    // A body over the endpoint's limit is rejected with a problem; this stops bodies far beyond every limit.
    maxRequestBodySize: 8 * LIMITS.batchBytesMax,
    reusePort: isShared || certificate !== null,
    ...(certificate ? { tls: certificate } : {}),
    fetch: (received: Request) => {
      try {
        if (certificate) hideTls(received);
        const request = withValidHost(received);
        if (request !== received) peers?.replace(received, request);
        if (live && new URL(request.url).pathname === '/livez') return Response.json({ status: 'ok' });
        return handle(request, certificate);
      } catch (error) {
        return problemResponse(error, requestIdOf(received));
      }
    },
    error: (error: Error) => responseToUnexpected(error, log),
  };
  return listenOn(host, (hostname) => Bun.serve({ ...settings, hostname }));
}

/** Elysia looks for the path of a URL that begins with `http://`, see APP_OPTIONS; nothing else reads it. */
function hideTls(request: Request): void {
  Object.defineProperty(request, 'url', { value: request.url.replace(/^https:/, 'http:') });
}

/** Handles requests, and tells when none is in flight any more. */
function createRequests(
  handle: ListenOptions['handle'],
  isEnding: (certificate: ListenerTls | null) => boolean,
) {
  let inFlight = 0;
  let draining = false;
  const idle = Promise.withResolvers<void>();
  const handleRequest: HandleRequest = async (request, certificate) => {
    inFlight += 1;
    try {
      const response = await handle(request);
      // A client that kept its connection would send on it at the moment when it is closed.
      if (isEnding(certificate)) response.headers.set('connection', 'close');
      return response;
    } finally {
      inFlight -= 1;
      if (draining && inFlight === 0) idle.resolve();
    }
  };
  return {
    handle: handleRequest,
    async untilNone(): Promise<void> {
      draining = true;
      if (inFlight > 0) await idle.promise;
    },
  };
}

function responseToUnexpected(error: Error, log: Pick<Logger, 'error'>): Response {
  const requestId = requestIdOf(new Request('http://localhost/'));
  log.error({ ...errorFields(error), request_id: requestId }, 'unexpected error of a listener');
  return problemResponse(error, requestId);
}
