import { Elysia } from 'elysia';
import { AppError, problemResponse } from './errors.ts';
import { errorFields, type Logger } from './log.ts';
import { type Incoming, requestIdOf } from './request.ts';

/** An Elysia app whose every error is a problem document. */
export function createHttpApp(log: Logger) {
  return new Elysia().onError({ as: 'global' }, ({ code, error, request }) => {
    const requestId = requestIdOf(request);
    if (code === 'NOT_FOUND') return problemResponse(notFound(), requestId);
    return answerError(error, requestId, log);
  });
}

export type HttpApp = ReturnType<typeof createHttpApp>;

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
