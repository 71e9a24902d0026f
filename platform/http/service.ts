import type { Static, TSchema } from '@sinclair/typebox';
import type { Endpoint, ParameterNames } from '../../sdk/contracts/endpoint.ts';
import type { ProblemDetail } from '../../sdk/contracts/problem.ts';
import { createAdmission } from '../resilience/admission.ts';
import type { ClientAddress, Peers } from './client-address.ts';
import { type BodyReader, createBodyReader } from './request-body.ts';
import { invalid, problem, problemResponse } from '../kernel/errors.ts';
import {
  allowedMethods,
  errorResponse,
  createHttpApp,
  elysiaPath,
  notFound,
  pathParameters,
  tagged,
  headOf,
} from './http.ts';
import type { Logger } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { GROUP, packResponses, unpackRequests } from './request-group.ts';
import { authenticate, type Principal, type Keys } from './principal.ts';
import {
  decodeText,
  forwardedAddressOf,
  idempotencyKeyOf,
  type Incoming,
  parseJson,
  requestIdOf,
  requireContentType,
  requireMethod,
  traceOf,
} from './request.ts';
import { createPathReader } from './path-parameters.ts';
import { createQueryReader } from './query.ts';
import type { Checked } from '../../sdk/contracts/validation.ts';
import { createValidator } from '../kernel/validation.ts';

export interface HttpServiceOptions {
  name: string;
  keys: Keys;
  log: Logger;
  metrics: Metrics;
  /** Requests worked on at once; more get a 503 rather than a queue. */
  inFlightMax: number;
  peers: Peers;
}

/** The input of a handler: authenticated, bounded and validated. */
export interface Call<Body = unknown, Query = unknown, Params = Record<string, string>> {
  endpoint: Endpoint;
  principal: Principal;
  /** The ids in the path, in lower case. */
  params: Params;
  body: Body;
  query: Query;
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

type BodyOf<E extends Endpoint> = E extends { body: { schema: infer S extends TSchema } }
  ? Static<S>
  : undefined;
type ParamsOf<E extends Endpoint> = Record<ParameterNames<E['path']>, string>;
type CallOf<E extends Endpoint> = Call<BodyOf<E>, QueryOf<E>, ParamsOf<E>>;
type QueryOf<E extends Endpoint> = E extends { query: infer S extends TSchema } ? Static<S> : undefined;

/** Responds to a request of one endpoint; every outcome is a response. */
type Respond = (request: Incoming, params: Record<string, string>) => Promise<Response>;

/** The endpoints of a service, for its listener and for the gateway of its process. */
export interface HttpService {
  options: HttpServiceOptions;
  bodies: BodyReader;
  handle(request: Request): Response | Promise<Response>;
  /** Responds to an endpoint of the contract's table; the gateway has matched the path. */
  respond(endpoint: Endpoint, ...request: Parameters<Respond>): Promise<Response>;
  add(endpoint: Endpoint, respond: Respond): void;
}

export function createHttpService(options: HttpServiceOptions): HttpService {
  const app = createHttpApp(options.log);
  const responders = new Map<string, Respond>();
  const bodies = createBodyReader({ addressOf: (request) => forwardedAddressOf(request, options.peers) });
  const respond = async (path: string, request: Incoming, params: Record<string, string>) => {
    const responder = responders.get(path);
    return responder ? responder(request, params) : problemResponse(notFound(), requestIdOf(request));
  };
  const respondToGroup = async (group: Request) => {
    const requests = unpackRequests(await bodies.read(group, GROUP.bytesMax));
    const responses = await Promise.all(
      // A path with parameters has none here, and its owner would be unknown.
      requests.map(({ path, request }) => respond(path.includes('{') ? '' : path, request, {})),
    );
    return new Response(await packResponses(responses));
  };
  app.post(GROUP.path, ({ request }) => respondToGroup(request), { parse: 'none' });
  return {
    options,
    bodies,
    handle: (request) => app.handle(request),
    respond: (endpoint, request, params) => respond(endpoint.path, request, params),
    add(endpoint, respond) {
      responders.set(endpoint.path, respond);
      app.all(elysiaPath(endpoint.path), ({ request, params }) => respond(request, pathParameters(params)), {
        parse: 'none',
      });
    },
  };
}

/** Serves one endpoint of the contract: the checks in their order, then the handler, then the response. */
export function serve<const E extends Endpoint>(
  service: HttpService,
  endpoint: E,
  handle: (call: CallOf<E>) => Promise<HandlerResult>,
): void {
  const { options } = service;
  const readCall = createCallReader(endpoint, service);
  const count = options.metrics.requestsOf(options.name, endpoint.path);
  const admission = createAdmission(options.inFlightMax);

  service.add(endpoint, async (request, params) => {
    const requestId = requestIdOf(request);
    if (request.method === 'OPTIONS') return allowedMethods(endpoint.method, requestId);
    const startedMs = performance.now();
    let response: Response;
    try {
      admission.requireRoom('high');
      // A pending body holds no slot: slots are for work alone.
      const call = (await readCall(request, params, requestId)) as CallOf<E>;
      const result = await admission.run('high', () => handle(call));
      response = toResponse(result, endpoint, request, requestId);
      if (request.method === 'HEAD') response = await headOf(response);
    } catch (error) {
      response = errorResponse(error, request, options.log, requestId);
    }
    count(response.status, (performance.now() - startedMs) / 1000);
    return response;
  });
}

function createCallReader(endpoint: Endpoint, { options, bodies }: HttpService) {
  const { keys, peers } = options;
  const { body, query } = endpoint;
  const isJson = body?.contentType === 'application/json';
  const checkBody = body && isJson ? createValidator(body.schema) : undefined;
  const readQuery = createQueryReader(query);
  const path = createPathReader(endpoint);

  return async (request: Incoming, params: Record<string, string>, requestId: string): Promise<Call> => {
    const principal = await authenticate(request, endpoint.auth, keys);
    requireMethod(request, endpoint.method);
    path.requireOwner(principal, params);
    const parameters = readQuery(request.url);
    const text = await readText(request, endpoint, bodies);
    const parsed = checkBody && text !== '' ? parseJson(text) : body?.optional ? {} : undefined;
    return {
      endpoint,
      principal,
      text,
      body: checkBody ? bodyOf(checkBody.check(parsed)) : undefined,
      query: parameters,
      request,
      requestId,
      traceId: traceOf(request, requestId).traceId,
      idempotencyKey: endpoint.method === 'POST' ? idempotencyKeyOf(request) : null,
      // The last check: an id that is none is looked up nowhere.
      params: path.read(params),
      clientAddress: () => forwardedAddressOf(request, peers),
    };
  };
}

async function readText(request: Incoming, endpoint: Endpoint, bodies: BodyReader): Promise<string> {
  const { body } = endpoint;
  if (!body) return '';
  const declaresBody = request.body !== null && request.headers.get('content-length') !== '0';
  if (declaresBody || !body.optional) requireContentType(request, body.contentType);
  const text = decodeText(await readBody(request, body.bytesMax, bodies));
  if (text === '' && !body.optional) throw problem('malformed_body', { detail: 'The body is empty.' });
  return text;
}

/** A request forwarded within this process is whole, and has its size. */
async function readBody(request: Incoming, bytesMax: number, bodies: BodyReader): Promise<Uint8Array> {
  return request instanceof Request ? bodies.read(request, bytesMax) : (request.body ?? new Uint8Array());
}

function bodyOf<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  throw invalid(
    checked.errors.map(({ path, message }): ProblemDetail => ({ path: `/body${path}`, message })),
  );
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
