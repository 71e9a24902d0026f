import type { Static, TSchema } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { Endpoint } from '../sdk/contracts/endpoints.ts';
import type { ProblemDetail } from '../sdk/contracts/problem.ts';
import { AppError, invalid, problemResponse, unavailable } from './errors.ts';
import { errorFields, type Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import {
  authenticate,
  type Caller,
  decodeText,
  idempotencyKeyOf,
  type Incoming,
  type Keys,
  parseJson,
  readBody,
  requestIdOf,
  requireContentType,
  requireMethod,
  traceOf,
} from './request.ts';
import { type Checked, createValidator } from './validation.ts';

export interface Door {
  part: string;
  keys: Keys;
  log: Logger;
  metrics: Metrics;
  /** Requests worked on at once; more are refused with 503 rather than queued. */
  inFlightMax: number;
}

/** What a handler gets: all of it authenticated, bounded and validated. */
export interface Call<Body = unknown, Query = unknown> {
  caller: Caller;
  params: Record<string, string>;
  body: Body;
  query: Query;
  /** The body as it came, for batches that are read line by line. */
  text: string;
  request: Incoming;
  requestId: string;
  traceId: string;
  idempotencyKey: string | null;
}

/** A value becomes the endpoint's JSON answer; a Response goes out as it is. */
export type Answer = Response | Record<string, unknown>;

type BodyOf<E extends Endpoint> = E extends { body: { schema: infer S extends TSchema } }
  ? Static<S>
  : undefined;
type QueryOf<E extends Endpoint> = E extends { query: infer S extends TSchema } ? Static<S> : undefined;

/** An Elysia app whose every error is a problem document. */
export function createHttpApp(log: Logger) {
  return new Elysia().onError({ as: 'global' }, ({ code, error, request }) => {
    const requestId = requestIdOf(request);
    if (code === 'NOT_FOUND') return problemResponse(notFound(), requestId);
    return answerError(error, requestId, log);
  });
}

export type HttpApp = ReturnType<typeof createHttpApp>;

/** Answers a request of one endpoint, whatever comes of it. */
type Respond = (request: Incoming, params: Record<string, string>) => Promise<Response>;

/** The endpoints of a part, for a door of its own and for the gateway of its process. */
export interface Service {
  door: Door;
  handle(request: Request): Response | Promise<Response>;
  /** The endpoint is of the contract's table; its caller has matched the path. */
  respond(endpoint: Endpoint, ...asked: Parameters<Respond>): Promise<Response>;
  add(endpoint: Endpoint, respond: Respond): void;
}

export function createService(door: Door): Service {
  const app = createHttpApp(door.log);
  const responders = new Map<Endpoint, Respond>();
  return {
    door,
    handle: (request) => app.handle(request),
    async respond(endpoint, request, params) {
      const respond = responders.get(endpoint);
      return respond ? respond(request, params) : problemResponse(notFound(), requestIdOf(request));
    },
    add(endpoint, respond) {
      responders.set(endpoint, respond);
      app.all(elysiaPath(endpoint.path), ({ request, params }) => respond(request, params ?? {}), {
        parse: 'none',
      });
    },
  };
}

/** Serves one endpoint of the contract: the refusals in their order, then the handler, then the answer. */
export function serve<const E extends Endpoint>(
  service: Service,
  endpoint: E,
  handle: (call: Call<BodyOf<E>, QueryOf<E>>) => Promise<Answer>,
): void {
  const { door } = service;
  const readCall = createCallReader(endpoint, door.keys);
  const count = door.metrics.requestsOf(door.part, endpoint.path);
  let inFlight = 0;

  service.add(endpoint, async (request, params) => {
    const requestId = requestIdOf(request);
    const startedMs = performance.now();
    let response: Response;
    if (inFlight >= door.inFlightMax) {
      response = problemResponse(unavailable('overloaded', 'Too many requests at once.'), requestId);
    } else {
      inFlight += 1;
      try {
        const call = (await readCall(request, params, requestId)) as Call<BodyOf<E>, QueryOf<E>>;
        response = toResponse(await handle(call), endpoint, request, requestId);
      } catch (error) {
        response = answerError(error, requestId, door.log);
      } finally {
        inFlight -= 1;
      }
    }
    count(response.status, (performance.now() - startedMs) / 1000);
    return response;
  });
}

/** `/v1/users/{user_id}` -> `/v1/users/:user_id` */
export function elysiaPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

export function notFound(): AppError {
  return new AppError(404, 'not_found', 'There is nothing at this path.');
}

/**
 * An error as its answer; what is not the caller's fault is logged. Too much load is counted only: a line for
 * each refusal would be the most of what an overloaded process does.
 */
export function answerError(error: unknown, requestId: string, log: Logger): Response {
  const response = problemResponse(error, requestId);
  if (response.status === 500) log.error({ requestId, ...errorFields(error) }, 'unexpected error');
  else if (response.status > 500 && !isOverload(error))
    log.warn({ requestId, ...errorFields(error) }, 'refused');
  return response;
}

function isOverload(error: unknown): boolean {
  return error instanceof AppError && error.code === 'overloaded';
}

/** A path of one user is for that user alone; for everybody else it does not exist. */
export function requireOwnPath(caller: Caller, params: Record<string, string>): void {
  const owner = params.user_id;
  if (owner === undefined || (caller.kind === 'customer' && caller.userId === owner.toLowerCase())) return;
  throw new AppError(404, 'user_not_found', 'There is no such user.');
}

/** Only the platform itself may write on behalf of another. */
export function requireOwnBody(caller: Caller, userId: string | undefined): void {
  if (userId === undefined || caller.kind === 'internal') return;
  if (caller.kind === 'customer' && caller.userId === userId.toLowerCase()) return;
  throw new AppError(403, 'not_your_user', 'The token is not of this user.');
}

function createCallReader(endpoint: Endpoint, keys: Keys) {
  const { body, query } = endpoint;
  const isJson = body?.contentType === 'application/json';
  const checkBody = body && isJson ? createValidator(body.schema) : undefined;
  const checkQuery = query ? createValidator(query) : undefined;

  return async (request: Incoming, params: Record<string, string>, requestId: string): Promise<Call> => {
    const caller = await authenticate(request, endpoint.auth, keys);
    requireMethod(request, endpoint.method);
    requireOwnPath(caller, params);
    const text = await readText(request, endpoint);
    const parsed = checkBody && text !== '' ? parseJson(text) : body?.optional ? {} : undefined;
    const search = checkQuery ? Object.fromEntries(new URL(request.url).searchParams) : {};
    return {
      caller,
      params,
      text,
      body: checkBody ? valueOf(checkBody.check(parsed), 'body') : undefined,
      query: checkQuery ? valueOf(checkQuery.checkTexts(search), 'query') : undefined,
      request,
      requestId,
      traceId: traceOf(request, requestId).traceId,
      idempotencyKey: endpoint.method === 'POST' ? idempotencyKeyOf(request) : null,
    };
  };
}

async function readText(request: Incoming, endpoint: Endpoint): Promise<string> {
  const { body } = endpoint;
  if (!body) return '';
  const declaresBody = request.body !== null && request.headers.get('content-length') !== '0';
  if (declaresBody || !body.optional) requireContentType(request, body.contentType);
  const text = decodeText(await readBody(request, body.bytesMax));
  if (text === '' && !body.optional) throw new AppError(400, 'malformed_body', 'The body is empty.');
  return text;
}

function valueOf<T>(checked: Checked<T>, where: string): T {
  if (checked.ok) return checked.value;
  throw invalid(
    checked.errors.map(({ path, message }): ProblemDetail => ({ path: `/${where}${path}`, message })),
  );
}

/** Made once: headers are copied faster than they are made. */
const UNSTORED = new Headers({ 'cache-control': 'no-store' });

function toResponse(answer: Answer, endpoint: Endpoint, request: Incoming, requestId: string): Response {
  if (answer instanceof Response) {
    answer.headers.set('x-request-id', requestId);
    return answer;
  }
  if (endpoint.method === 'GET') {
    const headers = { 'x-request-id': requestId, 'cache-control': 'no-store' };
    return tagged(JSON.stringify(answer), 'application/json', request, headers);
  }
  const response = Response.json(answer, { status: endpoint.answer.status, headers: UNSTORED });
  response.headers.set('x-request-id', requestId);
  return response;
}

/** What is read again and again: 304 without a body while it is what the reader has. */
export function tagged(
  text: string,
  contentType: string,
  request: Incoming,
  headers: Record<string, string>,
): Response {
  const etag = `W/"${Bun.hash(text).toString(36)}"`;
  const known = request.headers.get('if-none-match')?.split(',') ?? [];
  if (known.some((one) => one.trim() === etag)) {
    return new Response(null, { status: 304, headers: { ...headers, etag } });
  }
  return new Response(text, { headers: { ...headers, etag, 'content-type': contentType } });
}
