import { Elysia } from 'elysia';
import { allowOf, type EndpointMethod } from '../../sdk/contracts/endpoint.ts';
import { AppError, problem, problemResponse } from '../kernel/errors.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import { isBrokerAbsent } from '../messaging/broker-errors.ts';
import { type Incoming, requestIdOf } from './request.ts';
import type { Span } from '../tracing/tracer.ts';

/** An Elysia app that returns every error as a problem document. */
export function createHttpApp(log: Logger) {
  return new Elysia(APP_OPTIONS).use(problems(log));
}

/** By default Elysia looks for the path from the 11th character on: `http://ecs/v1` is shorter. */
export const APP_OPTIONS = { handler: { standardHostname: false } };

/** The plugin that returns every error of the routes after it as a problem document. */
export function problems(log: Logger) {
  return new Elysia({ name: 'problems' }).onError({ as: 'global' }, ({ code, error, request }) => {
    if (code === 'NOT_FOUND') return problemResponse(notFound(), requestIdOf(request));
    return errorResponse(error, request, log);
  });
}

export type HttpApp = ReturnType<typeof createHttpApp>;

/** `/v1/users/{user_id}` -> `/v1/users/:user_id` */
export function elysiaPath<Path extends string>(path: Path): ElysiaPath<Path> {
  return path.replace(/\{(\w+)\}/g, ':$1') as ElysiaPath<Path>;
}

type ElysiaPath<Path extends string> = Path extends `${infer Start}{${infer Name}}${infer End}`
  ? `${Start}:${Name}${ElysiaPath<End>}`
  : Path;

/** The parameters of a matched path; one that cannot be decoded is empty, and so names nothing. */
export function pathParameters(
  params: Record<string, string | null | undefined> | undefined,
): Record<string, string> {
  const decoded: Record<string, string> = {};
  for (const name in params) decoded[name] = params[name] ?? '';
  return decoded;
}

export function notFound(): AppError {
  return problem('not_found');
}

/** As nginx counts it: the client left before its response was there and does not receive it. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Turns an error into its response, and logs every fault that is not the client's. Overload is counted only:
 * a line for each rejection would be the most of an overloaded process's work. So is a client that hung up.
 */
export function errorResponse(
  error: unknown,
  request: Incoming,
  log: Logger,
  requestId = requestIdOf(request),
  span: Span | null = null,
): Response {
  if (request.signal.aborted && !(error instanceof AppError && error.status < 500)) {
    log.debug({ requestId }, 'the client left');
    return new Response(null, { status: CLIENT_CLOSED_REQUEST });
  }
  const response = problemResponse(isBrokerAbsent(error) ? problem('broker_unavailable') : error, requestId);
  const fields = { requestId, trace_id: span?.traceId, span_id: span?.spanId, ...errorFields(error) };
  if (response.status === 500) log.error(fields, 'unexpected error');
  else if (response.status > 500 && !isOverload(error)) log.warn(fields, 'rejected');
  return response;
}

/**
 * Returns a GET's response for a HEAD. Its body stays, so that the runtime, which leaves it out, sends its
 * length; a stream or a download is ended, since its length is not known.
 */
export async function headOf(response: Response): Promise<Response> {
  const finite = withoutStream(response);
  if (finite.body === null) return finite;
  return new Response(await finite.bytes(), { status: finite.status, headers: finite.headers });
}

export function withoutStream(response: Response): Response {
  const { status, headers } = response;
  const isStream = headers.get('content-type')?.startsWith('text/event-stream');
  if (!isStream && !headers.has('content-disposition')) return response;
  void response.body?.cancel();
  // As the GET goes out; the runtime would name the length of this body, 0.
  headers.set('transfer-encoding', 'chunked');
  return new Response(null, { status, headers });
}

/** Returns the methods of a path to an OPTIONS, which needs no login. */
export function allowedMethods(methods: readonly EndpointMethod[], requestId: string): Response {
  return new Response(null, { status: 204, headers: { allow: allowOf(methods), 'x-request-id': requestId } });
}

function isOverload(error: unknown): boolean {
  return error instanceof AppError && error.code === 'overloaded';
}

/** Returns 304 without a body for a document that the client already has. */
export function tagged(
  text: string,
  contentType: string,
  request: Incoming,
  headers: Record<string, string>,
): Response {
  const etag = `W/"${Bun.hash(text).toString(36)}"`;
  if (isNamedBy(request.headers.get('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers: { ...headers, etag } });
  }
  return new Response(text, { headers: { ...headers, etag, 'content-type': contentType } });
}

/** RFC 9110, 13.1.2: any document for `*`, and no difference between weak and strong tags. */
function isNamedBy(ifNoneMatch: string | null, etag: string): boolean {
  const opaque = etag.slice('W/'.length);
  const isNamed = (text: string) => text === '*' || text.replace(/^W\//, '') === opaque;
  return ifNoneMatch?.split(',').some((text) => isNamed(text.trim())) ?? false;
}
