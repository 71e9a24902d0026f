import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import { createAdmission } from '../resilience/admission.ts';
import { createCallReader, type EndpointContext, type HandlerResult, type Operators } from './call.ts';
import { errorResponse, pathParameters, tagged, withoutStream } from './http.ts';
import { createActRecorder } from './operator-access.ts';
import { type ForwardedRequest, type Incoming, requestIdOf } from './request.ts';
import { endServerSpan, startServerSpan } from './server-span.ts';
import type { Span } from '../tracing/tracer.ts';

/** The context of a route, as its hooks fill it. */
interface Context {
  request: Incoming;
  params: Record<string, string | null>;
  requestId: string;
  startedMs: number;
  span: Span | null;
  release?: (() => void) | undefined;
  responseValue?: unknown;
  error?: unknown;
}

export type Hooks = ReturnType<typeof createHooks>;

/**
 * Runs an endpoint's hooks and handler as Elysia would, for a request whose endpoint is known already: to
 * look for its route again cost a cached analysis 1.2 µs.
 */
export function createResponder(hooks: Hooks, handler: unknown) {
  const handle = handler as (checked: object) => Promise<unknown>;
  return async (request: ForwardedRequest, params: Record<string, string>): Promise<Response> => {
    const context: Context = { request, params, ...hooks.transform({ request }) };
    try {
      const checked = await hooks.resolve(context);
      context.release = checked.release;
      context.responseValue = await handle(checked);
      return await hooks.afterHandle(context);
    } catch (error) {
      context.error = error;
      return hooks.error(context);
    }
  };
}

/** The hooks of an endpoint's route: of operators, with the check and the record of each request. */
export function createHooks(endpoint: Endpoint, service: EndpointContext) {
  if (endpoint.auth !== 'operator') return createPlainHooks(endpoint, service);
  const { operators } = service;
  if (!operators) throw new TypeError(`${service.name} serves ${endpoint.path} without operators`);
  const recorder = createActRecorder(endpoint, operators);
  const { transform, resolve, afterHandle, error } = createPlainHooks(endpoint, service, {
    access: operators,
    recorder,
  });
  return {
    transform,
    resolve,
    async afterHandle(context: Context) {
      await recorder.record(context.request, context.requestId, context.responseValue);
      return afterHandle(context);
    },
    async error(context: Context) {
      const fault = await recorder.record(context.request, context.requestId, context.error).then(
        () => context.error,
        (failure: unknown) => failure,
      );
      return error({ ...context, error: fault });
    },
  };
}

/** The hooks of an endpoint's route, in their order. */
function createPlainHooks(endpoint: Endpoint, service: EndpointContext, operators?: Operators) {
  const { log, metrics, name, inFlightMax } = service;
  const count = metrics.requestsOf(name, endpoint.path);
  const admission = createAdmission(inFlightMax);
  const readCall = createCallReader(endpoint, service, operators);
  return {
    transform({ request }: Pick<Context, 'request'>) {
      const requestId = requestIdOf(request);
      return {
        requestId,
        startedMs: performance.now(),
        span: startServerSpan(endpoint, request, requestId),
      };
    },
    async resolve({ request, params, requestId, span }: Context) {
      if (request.method === 'OPTIONS') return { release: undefined };
      admission.requireRoom('high');
      const checked = await readCall(request, pathParameters(params), requestId, span);
      // A pending body holds no slot: slots are for work alone.
      return { ...checked, release: admission.enter('high') };
    },
    afterHandle({ request, requestId, startedMs, span, release, responseValue }: Context) {
      // Elysia awaits a handler that is an `async` function; of others it guesses by their text.
      if (responseValue instanceof Promise) throw new TypeError('a handler must be an async function');
      const response = toResponse(responseValue as HandlerResult, endpoint, request, requestId);
      release?.();
      count(response.status, (performance.now() - startedMs) / 1000);
      endServerSpan(span, name, endpoint, response.status);
      // Elysia reads a response to HEAD to its end, for its length.
      return request.method === 'HEAD' ? withoutStream(response) : response;
    },
    error({ request, requestId, startedMs, span, release, error }: Context) {
      release?.();
      const response = errorResponse(error, request, log, requestId, span);
      count(response.status, (performance.now() - startedMs) / 1000);
      endServerSpan(span, name, endpoint, response.status);
      return response;
    },
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
