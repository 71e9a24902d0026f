import type { Static, TSchema } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import type { Logger } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { createAdmission } from '../resilience/admission.ts';
import { createBodyCheck } from './body-check.ts';
import type { ClientAddress, Peers } from './client-address.ts';
import { errorResponse, pathParameters, tagged, withoutStream } from './http.ts';
import { createPathReader } from './path-parameters.ts';
import { createQueryReader } from './query.ts';
import { authenticate, type Keys, type Principal } from './principal.ts';
import {
  forwardedAddressOf,
  idempotencyKeyOf,
  type ForwardedRequest,
  type Incoming,
  requestIdOf,
  requireMethod,
  traceOf,
} from './request.ts';
import type { BodyReader } from './request-body.ts';

export interface HttpServiceOptions {
  name: string;
  keys: Keys;
  log: Logger;
  metrics: Metrics;
  /** Requests worked on at once; more get a 503 rather than a queue. */
  inFlightMax: number;
  peers: Peers;
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
  idempotencyKey: string | null;
  /** The key that limits on anonymous callers count by. */
  clientAddress(): ClientAddress;
}

/** A value becomes the endpoint's JSON response; a Response goes out as it is. */
export type HandlerResult = Response | Record<string, unknown>;

export type Contract = ReturnType<typeof createContract>['plugin'];

/**
 * The Elysia plugin of every service. A route with `contract(ENDPOINT)` gets the checks of the contract in
 * their order, a slot, metrics, and responses for results and errors; its handler gets `call`.
 */
export function createContract(options: HttpServiceOptions, bodies: BodyReader) {
  const hooksOf = new Map<Endpoint, Hooks>();
  const plugin = new Elysia({ name: 'contract' }).macro({
    endpoint: (endpoint: Endpoint) => {
      const hooks = hooksOf.get(endpoint) ?? createHooks(endpoint, options, bodies);
      hooksOf.set(endpoint, hooks);
      return hooks as unknown as { resolve(): Promise<{ call: Call }> };
    },
    /** The credentials are checked before the method; OPTIONS needs neither. */
    otherMethods: (endpoint: Endpoint): object => {
      const { transform, resolve, error } = hooksOf.get(endpoint) ?? createHooks(endpoint, options, bodies);
      return { transform, resolve, error };
    },
  });
  return { plugin, hooksOf };
}

type BodyOf<E extends Endpoint> = E extends { body: { schema: infer S extends TSchema } }
  ? Static<S>
  : undefined;
type QueryOf<E extends Endpoint> = E extends { query: infer S extends TSchema }
  ? Static<S>
  : Record<string, never>;

/** A type in the form that Elysia takes a handler's types from: https://standardschema.dev */
interface Typed<Output> {
  readonly '~standard': { readonly types?: { readonly input: Output; readonly output: Output } };
}

/** The options of an endpoint's route, with the types of its handler's `query` and `body`. */
export interface RouteContract<E extends Endpoint> {
  endpoint: E;
  parse: 'none';
  query: Typed<QueryOf<E>>;
  body: Typed<BodyOf<E>>;
}

/**
 * The schemas are there for the types alone: Elysia reads a body, and checks query and body, before a hook of
 * the route can check its principal. The macro checks them after it.
 */
export function contract<const E extends Endpoint>(endpoint: E): RouteContract<E> {
  return { endpoint, parse: 'none' } as RouteContract<E>;
}

/** The context of a route, as its hooks fill it. */
interface Context {
  request: Incoming;
  params: Record<string, string | null>;
  requestId: string;
  startedMs: number;
  release?: (() => void) | undefined;
  responseValue?: unknown;
  error?: unknown;
}

type Hooks = ReturnType<typeof createHooks>;

/**
 * Runs an endpoint's hooks and handler as Elysia would, for a request whose endpoint is known already: to
 * look for its route again cost a cached analysis 1.2 µs.
 */
export function createResponder(hooks: Hooks, handler: unknown) {
  const handle = handler as (checked: object) => Promise<unknown>;
  return async (request: ForwardedRequest, params: Record<string, string>): Promise<Response> => {
    const { requestId, startedMs } = hooks.transform({ request });
    const context: Context = { request, params, requestId, startedMs };
    try {
      const checked = await hooks.resolve(context);
      context.release = checked.release;
      context.responseValue = await handle(checked);
      return hooks.afterHandle(context);
    } catch (error) {
      context.error = error;
      return hooks.error(context);
    }
  };
}

/** The hooks of an endpoint's route, in their order. */
function createHooks(endpoint: Endpoint, options: HttpServiceOptions, bodies: BodyReader) {
  const { log, metrics, name, inFlightMax } = options;
  const count = metrics.requestsOf(name, endpoint.path);
  const admission = createAdmission(inFlightMax);
  const readCall = createCallReader(endpoint, options, bodies);
  return {
    transform: ({ request }: Pick<Context, 'request'>) => ({
      requestId: requestIdOf(request),
      startedMs: performance.now(),
    }),
    async resolve({ request, params, requestId }: Context) {
      if (request.method === 'OPTIONS') return { release: undefined };
      admission.requireRoom('high');
      const checked = await readCall(request, pathParameters(params), requestId);
      // A pending body holds no slot: slots are for work alone.
      return { ...checked, release: admission.enter('high') };
    },
    afterHandle({ request, requestId, startedMs, release, responseValue }: Context) {
      // Elysia awaits a handler that is an `async` function; of others it guesses by their text.
      if (responseValue instanceof Promise) throw new TypeError('a handler must be an async function');
      const response = toResponse(responseValue as HandlerResult, endpoint, request, requestId);
      release?.();
      count(response.status, (performance.now() - startedMs) / 1000);
      // Elysia reads a response to HEAD to its end, for its length.
      return request.method === 'HEAD' ? withoutStream(response) : response;
    },
    error({ request, requestId, startedMs, release, error }: Context) {
      release?.();
      const response = errorResponse(error, request, log, requestId);
      count(response.status, (performance.now() - startedMs) / 1000);
      return response;
    },
  };
}

function createCallReader(endpoint: Endpoint, { keys, peers }: HttpServiceOptions, bodies: BodyReader) {
  const path = createPathReader(endpoint);
  const readQuery = createQueryReader(endpoint.query);
  const readBody = createBodyCheck(endpoint, bodies);
  return async (request: Incoming, texts: Record<string, string>, requestId: string) => {
    const principal = await authenticate(request, endpoint.auth, keys);
    requireMethod(request, endpoint.method);
    path.requireOwner(principal, texts);
    const query = readQuery(request.url);
    const { text, body } = await readBody(request);
    const idempotencyKey = endpoint.method === 'POST' ? idempotencyKeyOf(request) : null;
    // The last check: an id that is none is looked up nowhere.
    const params = path.read(texts);
    const call: Call = {
      endpoint,
      principal,
      params,
      body,
      text,
      request,
      requestId,
      traceId: traceOf(request, requestId).traceId,
      idempotencyKey,
      clientAddress: () => forwardedAddressOf(request, peers),
    };
    return { call, params, query, body };
  };
}

/** Made once: headers are copied faster than they are made. */
const UNSTORED = new Headers({ 'cache-control': 'no-store' });

function toResponse(
  result: HandlerResult,
  endpoint: Endpoint,
  request: Incoming,
  requestId: string,
): Response {
  if (result instanceof Response) {
    result.headers.set('x-request-id', requestId);
    return result;
  }
  if (endpoint.method === 'GET') {
    const headers = { 'x-request-id': requestId, 'cache-control': 'no-store' };
    return tagged(JSON.stringify(result), 'application/json', request, headers);
  }
  const response = Response.json(result, { status: endpoint.response.status, headers: UNSTORED });
  response.headers.set('x-request-id', requestId);
  return response;
}
