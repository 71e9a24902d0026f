import type { Admission } from '../../platform/resilience/admission.ts';
import type { ClientAddress } from '../../platform/http/client-address.ts';
import {
  allowedMethods,
  errorResponse,
  createHttpApp,
  elysiaPath,
  pathParameters,
  type HttpApp,
  headOf,
} from '../../platform/http/http.ts';
import type { Logger } from '../../platform/kernel/log.ts';
import type { Metrics } from '../../platform/kernel/metrics.ts';
import { createSingleFlight } from '../../platform/resilience/single-flight.ts';
import { healthResponse } from '../../platform/http/operations.ts';
import { authenticate, type Keys, lacksRole } from '../../platform/http/principal.ts';
import { hasMethod, methodNotAllowed, requestIdOf, requireObeyed } from '../../platform/http/request.ts';
import { endServerSpan, startServerSpan } from '../../platform/http/server-span.ts';
import { createPathReader } from '../../platform/http/path-parameters.ts';
import { createQueryReader } from '../../platform/http/query.ts';
import type { BodyReader } from '../../platform/http/request-body.ts';
import type { Endpoint, EndpointMethod } from '../../sdk/contracts/endpoint.ts';
import type { Health } from '../../sdk/contracts/health.ts';
import { type Arrival, readForwarded, withoutBody } from './forward.ts';
import { toOauthResponse } from './oauth-errors.ts';
import { costOf, type RateLimits } from './rate-limit.ts';
import type { Upstream, UpstreamName } from './upstreams.ts';

interface Gateway {
  keys: Keys;
  log: Logger;
  metrics: Metrics;
  rateLimits: RateLimits;
  clientAddressOf: (request: Request) => ClientAddress;
  admission: Admission;
  bodies: BodyReader;
  upstreams: Record<UpstreamName, Upstream>;
  health: () => Promise<Health>;
  endpoints: readonly Endpoint[];
  /** Pages that document the API, by path. */
  pages: Record<string, (request: Request) => Response | Promise<Response>>;
}

/**
 * The single entry: every endpoint of the contract, rejected here or forwarded to the service that serves it.
 */
export function createRoutes(gateway: Gateway) {
  const app = createHttpApp(gateway.log);
  const withoutParameters = new Map<string, Forward>();
  for (const [path, endpoints] of Map.groupBy(gateway.endpoints, (endpoint) => endpoint.path)) {
    const methods = endpoints.map(({ method }) => method);
    const forwards = new Map<string, Forward>();
    for (const endpoint of endpoints)
      forwards.set(endpoint.method, createForward(gateway, endpoint, methods));
    // Any other method is refused after the credentials, as the first endpoint takes them.
    const first = [...forwards.values()][0] as Forward;
    const forwardOf = (method: string) => forwards.get(method === 'HEAD' ? 'GET' : method) ?? first;
    const forward: Forward = (request, params) => forwardOf(request.method)(request, params);
    if (!path.includes('{')) withoutParameters.set(path, forward);
    app.all(elysiaPath(path), ({ request, params }) => forward(request, pathParameters(params)), {
      parse: 'none',
    });
  }
  servePublicPages(app, gateway);
  return {
    handle(request: Request): Response | Promise<Response> {
      // Without the router, which costs an event more than 1 µs.
      const forward = withoutParameters.get(pathOf(request.url));
      return forward ? forward(request, {}) : app.handle(request);
    },
  };
}

/** `http://host/v1/emotions?a=b` -> `/v1/emotions` */
function pathOf(url: string): string {
  const start = url.indexOf('/', 'https://'.length);
  const end = url.indexOf('?', start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}

type Forward = (request: Request, params: Record<string, string>) => Promise<Response>;

/**
 * Forwards the requests of an endpoint, each counted and in its span; an error becomes the response that the
 * contract has for it.
 */
function createForward(gateway: Gateway, endpoint: Endpoint, methods: EndpointMethod[]): Forward {
  const { admission, log } = gateway;
  const { priority } = endpoint;
  const count = gateway.metrics.requestsOf('gateway', endpoint.path);
  const checkAndSend = createCheckAndSend(gateway, endpoint, methods);
  return async (request, params) => {
    const requestId = requestIdOf(request);
    if (request.method === 'OPTIONS') return allowedMethods(methods, requestId);
    const startedMs = performance.now();
    const span = startServerSpan(endpoint, request, requestId);
    let response: Response;
    try {
      admission.requireRoom(priority);
      // control: body-before-admission
      response = await checkAndSend(request, params, { requestId, span });
      if (request.method === 'HEAD') response = await headOf(response);
    } catch (error) {
      response = errorResponse(error, request, log, requestId, span);
    }
    if (endpoint.errors === 'oauth') response = await toOauthResponse(response);
    count(response.status, (performance.now() - startedMs) / 1000);
    endServerSpan(span, 'gateway', endpoint, response.status);
    return response;
  };
}

/**
 * Checks a request for which there is room, in this order: principal, method, quota, owner, query, type,
 * size, body, slot. The service checks again. From the quota on, an error's response reports the quota too.
 */
function createCheckAndSend(gateway: Gateway, endpoint: Endpoint, methods: EndpointMethod[]) {
  const { admission, bodies } = gateway;
  const upstream = gateway.upstreams[endpoint.service];
  const path = createPathReader(endpoint);
  const readQuery = createQueryReader(endpoint.query);
  const checkRequest = (request: Request, params: Record<string, string>, arrival: Arrival) => {
    path.requireOwner(arrival.principal, params);
    readQuery(request.url);
    return readForwarded(request, endpoint, arrival);
  };
  return async (
    request: Request,
    params: Record<string, string>,
    { requestId, span }: Pick<Arrival, 'requestId' | 'span'>,
  ): Promise<Response> => {
    // Read at once where services limit by it: a client that hangs up has no address any more.
    const anonymousAddress = endpoint.auth === 'none' ? gateway.clientAddressOf(request) : null;
    const clientAddress = () => anonymousAddress ?? gateway.clientAddressOf(request);
    const principal = await authenticate(request, endpoint, gateway.keys);
    const isWithoutRole = lacksRole(principal, endpoint);
    if (!isWithoutRole && !hasMethod(request, endpoint.method)) throw methodNotAllowed(methods);
    const limit = gateway.rateLimits.of(principal);
    let response: Response;
    try {
      limit?.take(endpoint);
      const forwarded = isWithoutRole
        ? withoutBody(request, endpoint, { requestId, span, clientAddress })
        : await checkRequest(request, params, { principal, requestId, span, clientAddress, bodies });
      limit?.takeMore(costOf(endpoint, forwarded.body));
      // A pending body holds no slot: slots are for work alone.
      response = await admission.run(endpoint.priority, () => upstream.send(endpoint, forwarded, params));
    } catch (error) {
      response = errorResponse(error, request, gateway.log, requestId, span);
    }
    limit?.report(response.headers);
    return response;
  };
}

const readNoQuery = createQueryReader();

function servePublicPages(app: HttpApp, gateway: Gateway): void {
  const page = (path: string, respond: (request: Request) => Response | Promise<Response>) =>
    app.all(path, async ({ request }) => {
      const requestId = requestIdOf(request);
      if (request.method === 'OPTIONS') return allowedMethods(['GET'], requestId);
      try {
        if (!hasMethod(request, 'GET')) throw methodNotAllowed(['GET']);
        readNoQuery(request.url);
        requireObeyed(request);
        const response = await respond(request);
        response.headers.set('x-request-id', requestId);
        return request.method === 'HEAD' ? await headOf(response) : response;
      } catch (error) {
        return errorResponse(error, request, gateway.log, requestId);
      }
    });
  // Anybody may ask, and each check asks every service: concurrent requests share one.
  const checks = createSingleFlight<Health>();
  const health = async () => healthResponse((await checks.run('health', gateway.health)).value);
  page('/livez', () => Response.json({ status: 'ok' }));
  page('/healthz', health);
  page('/readyz', health);
  for (const [path, respond] of Object.entries(gateway.pages)) page(path, respond);
}
