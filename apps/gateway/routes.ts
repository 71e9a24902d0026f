import type { Admission } from '../../platform/admission.ts';
import { AppError, problemResponse } from '../../platform/errors.ts';
import {
  answerError,
  createHttpApp,
  elysiaPath,
  type HttpApp,
  requireOwnBody,
  requireOwnPath,
} from '../../platform/http.ts';
import type { Logger } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { healthResponse } from '../../platform/operations.ts';
import {
  authenticate,
  type Caller,
  idempotencyKeyOf,
  type Keys,
  readBody,
  requestIdOf,
  requireContentType,
  requireMethod,
  traceOf,
} from '../../platform/request.ts';
import { ENDPOINT_LIST, type Endpoint, type EndpointName } from '../../sdk/contracts/endpoints.ts';
import type { Health } from '../../sdk/contracts/health.ts';
import type { RateLimits } from './rate-limit.ts';
import { PRIORITY_OF, type Upstream, UPSTREAM_OF, type UpstreamName } from './upstreams.ts';

export interface Gateway {
  keys: Keys;
  log: Logger;
  metrics: Metrics;
  rateLimits: RateLimits;
  admission: Admission;
  upstreams: Record<UpstreamName, Upstream>;
  health: () => Promise<Health>;
  /** Pages for people and machines that tell of the API, by path. */
  pages: Record<string, (request: Request) => Response | Promise<Response>>;
}

/** The single entry: every endpoint of the contract, refused here or handed on to the part that serves it. */
export function createRoutes(gateway: Gateway) {
  const app = createHttpApp(gateway.log);
  for (const [name, endpoint] of ENDPOINT_LIST) {
    const forward = createForward(gateway, name, endpoint);
    app.all(elysiaPath(endpoint.path), ({ request, params }) => forward(request, params ?? {}), {
      parse: 'none',
    });
  }
  servePublicPages(app, gateway);
  return app;
}

type Forward = (request: Request, params: Record<string, string>) => Promise<Response>;

/**
 * Room for it, who, method, quota, type, size, owner: then the part that serves it looks again, and at the
 * body.
 */
function createForward(gateway: Gateway, name: EndpointName, endpoint: Endpoint): Forward {
  const upstream = gateway.upstreams[UPSTREAM_OF[name]];
  const forward = async (request: Request, params: Record<string, string>, requestId: string) => {
    const caller = await authenticate(request, endpoint.auth, gateway.keys);
    requireMethod(request, endpoint.method);
    const limit = gateway.rateLimits.of(caller);
    let response: Response;
    try {
      limit?.take();
      requireOwnPath(caller, params);
      response = await upstream.send(await handOn(request, endpoint, caller, requestId));
      response.headers.set('x-request-id', requestId);
    } catch (error) {
      response = answerError(error, requestId, gateway.log);
    }
    limit?.tell(response.headers);
    return response;
  };
  return async (request, params) => {
    const requestId = requestIdOf(request);
    const startedMs = performance.now();
    let response: Response;
    try {
      response = await gateway.admission.run(PRIORITY_OF[name], () => forward(request, params, requestId));
    } catch (error) {
      response = answerError(error, requestId, gateway.log);
    }
    const labels = { part: 'gateway', endpoint: endpoint.path, status: String(response.status) };
    gateway.metrics.requests.observe(labels, (performance.now() - startedMs) / 1000);
    return response;
  };
}

const FORWARDED = [
  'authorization',
  'x-internal-key',
  'content-type',
  'accept',
  'idempotency-key',
  'if-none-match',
  'last-event-id',
];

/**
 * The request as the upstream gets it: only known headers, a bounded body, the ids that follow it everywhere.
 */
async function handOn(
  request: Request,
  endpoint: Endpoint,
  caller: Caller,
  requestId: string,
): Promise<Request> {
  const { traceparent } = traceOf(request, requestId);
  const headers = new Headers({ 'x-request-id': requestId, traceparent });
  for (const name of FORWARDED) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  if (endpoint.method === 'POST') idempotencyKeyOf(request);
  const body = endpoint.body ? await readOwnBody(request, endpoint, caller) : null;
  const hasBody = body !== null && body.byteLength > 0;
  // A body of a known length is read at once, one without as a stream.
  if (hasBody) headers.set('content-length', String(body.byteLength));
  else headers.delete('content-type');
  return new Request(request.url, {
    method: request.method,
    headers,
    body: hasBody ? body : null,
    // Who no longer listens ends what is read for them, never what is written.
    ...(endpoint.method === 'GET' ? { signal: request.signal } : {}),
  });
}

async function readOwnBody(
  request: Request,
  endpoint: Endpoint,
  caller: Caller,
): Promise<Uint8Array<ArrayBuffer>> {
  const { contentType, bytesMax, optional } = endpoint.body ?? { contentType: '', bytesMax: 0 };
  const declared = request.headers.get('content-length');
  if (!(optional && (request.body === null || declared === '0'))) requireContentType(request, contentType);
  const body = await readBody(request, bytesMax);
  // A batch has an owner a line: the ingestion looks at each.
  if (caller.kind === 'customer' && contentType === 'application/json') requireOwnBody(caller, ownerOf(body));
  return body;
}

/** The `userId` of a JSON body; what is not one is the upstream's to refuse. */
function ownerOf(body: Uint8Array): string | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(body)) as { userId?: unknown } | null;
    return typeof value?.userId === 'string' ? value.userId : undefined;
  } catch {
    return undefined;
  }
}

function servePublicPages(app: HttpApp, gateway: Gateway): void {
  const page = (path: string, answer: (request: Request) => Response | Promise<Response>) =>
    app.all(path, async ({ request }) => {
      const requestId = requestIdOf(request);
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        const refusal = new AppError(405, 'method_not_allowed', 'This path answers GET only.', {
          headers: { allow: 'GET' },
        });
        return problemResponse(refusal, requestId);
      }
      const response = await answer(request);
      response.headers.set('x-request-id', requestId);
      return response;
    });
  page('/livez', () => Response.json({ status: 'ok' }));
  page('/healthz', async () => healthResponse(await gateway.health()));
  page('/readyz', async () => healthResponse(await gateway.health()));
  for (const [path, answer] of Object.entries(gateway.pages)) page(path, answer);
}
