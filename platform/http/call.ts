import type { Endpoint, EndpointMethod } from '../../sdk/contracts/endpoint.ts';
import type { Logger } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { createBodyCheck } from './body-check.ts';
import type { ClientAddress, Peers } from './client-address.ts';
import { type ActRecorder, type OperatorAccess, requireCurrent } from './operator-access.ts';
import { type PartnerAccess, requireScope } from './partner-access.ts';
import { createPathReader } from './path-parameters.ts';
import { authenticate, invalidToken, type Keys, type Principal, requireRole } from './principal.ts';
import { createQueryReader } from './query.ts';
import {
  forwardedAddressOf,
  hasMethod,
  idempotencyKeyOf,
  type Incoming,
  methodNotAllowed,
  requireObeyed,
  traceOf,
} from './request.ts';
import type { BodyReader } from './request-body.ts';
import type { Span } from '../tracing/tracer.ts';

export interface HttpServiceOptions {
  name: string;
  keys: Keys;
  log: Logger;
  metrics: Metrics;
  /** Requests worked on at once; more get a 503 rather than a queue. */
  inFlightMax: number;
  peers: Peers;
  /** Of a service with endpoints of operators. */
  operators?: OperatorAccess;
  /** Of a service with endpoints of partners. */
  partners?: PartnerAccess;
}

/** The surroundings of an endpoint in its service. */
export interface EndpointContext extends HttpServiceOptions {
  bodies: BodyReader;
  /** The methods that the service has for the endpoint's path; complete once its routes are. */
  methodsOf(path: string): readonly EndpointMethod[];
}

/** The request of a handler: authenticated, bounded and validated. */
export interface Call<Body = unknown> {
  endpoint: Endpoint;
  principal: Principal;
  /** The ids in the path, in lower case. */
  params: Record<string, string>;
  body: Body;
  /** The body as it came, for batches that are read line by line. */
  text: string;
  request: Incoming;
  requestId: string;
  traceId: string;
  /** Of this service's part in a sampled trace. */
  span: Span | null;
  idempotencyKey: string | null;
  /** The key that limits on anonymous callers count by. */
  clientAddress(): ClientAddress;
}

/** A value becomes the endpoint's JSON response; a Response goes out as it is. */
export type HandlerResult = Response | Record<string, unknown>;

/** Checks and records the operators of an endpoint of theirs. */
export interface Operators {
  access: OperatorAccess;
  recorder: ActRecorder;
}

/** Makes the checks of the contract, in their order. */
export function createCallReader(
  endpoint: Endpoint,
  { keys, peers, bodies, methodsOf, partners, name }: EndpointContext,
  operators?: Operators,
) {
  const path = createPathReader(endpoint);
  const readQuery = createQueryReader(endpoint.query);
  const readBody = createBodyCheck(endpoint, bodies);
  if (endpoint.scope !== undefined && !partners) {
    throw new TypeError(`${name} serves ${endpoint.path} without partners`);
  }
  return async (request: Incoming, texts: Record<string, string>, requestId: string, span: Span | null) => {
    let principal = await authenticate(request, endpoint, keys);
    if (operators && principal.kind === 'operator') {
      principal = await requireCurrent(principal, operators.access);
      // A request without the role is refused on record.
      operators.recorder.arrive(request, { operator: principal, params: texts });
      requireRole(principal, endpoint.roles);
    }
    if (principal.kind === 'partner') {
      const current = await partners?.current(principal);
      if (!current) throw invalidToken();
      requireScope(current, endpoint);
      principal = current;
    }
    if (!hasMethod(request, endpoint.method)) throw methodNotAllowed(methodsOf(endpoint.path));
    path.requireOwner(principal, texts);
    const query = readQuery(request.url);
    requireObeyed(request);
    const { text, body } = await readBody(request);
    const idempotencyKey = endpoint.method === 'POST' ? idempotencyKeyOf(request) : null;
    // The last check: a handler gets well-formed ids only.
    const params = path.read(texts);
    if (operators && principal.kind === 'operator') {
      operators.recorder.arrive(request, { operator: principal, params, body, query });
    }
    const call: Call = {
      endpoint,
      principal,
      params,
      body,
      text,
      request,
      requestId,
      traceId: traceOf(request, requestId).traceId,
      span,
      idempotencyKey,
      clientAddress: () => forwardedAddressOf(request, peers),
    };
    return { call, params, query, body };
  };
}
