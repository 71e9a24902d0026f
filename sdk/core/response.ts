import { EcsConnectionError, EcsResponseError, EcsTimeoutError, type EcsError } from './errors.ts';
import { errorOfResponse, glimpse } from './error-of-response.ts';
import type { RequestEvent } from './options.ts';
import { isPlainObject } from './plain-object.ts';
import { redactText, redactUrl } from './redact.ts';
import { foreignOrigin } from './runtime.ts';
import { isConnectTimeout, reasonOf, systemCodeOf } from './system-code.ts';

/** The fields of a response that the client goes on with, each with its type. */
export type Shape = Readonly<Record<string, 'string' | 'number' | 'boolean' | 'array'>>;

/** What a 2xx response must be: an object with these fields, or, for `any`, JSON or nothing. */
export type Expected = Shape | 'any';

/** Returns the JSON of a 2xx response. Throws the error that any other response is. */
export function readResponse(
  response: Response,
  text: string,
  event: RequestEvent,
  expected: Expected = {},
): unknown {
  const { status, headers } = response;
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    throw badResponse(response, event, 'a redirect, which is not followed: check baseUrl');
  }
  if (!response.ok) throw errorOfResponse({ ...event, status, headers, text });
  const hasNone = event.method === 'HEAD' || status === 204 || status === 205;
  if (expected === 'any' && hasNone && text === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const isPage = /^\s*<|^text\/html/i.test(text === '' ? '' : text + (headers.get('content-type') ?? ''));
    throw badResponse(response, event, `${isPage ? 'a page' : "not the API's JSON"}${glimpse(text)}`);
  }
  if (expected === 'any') return value;
  if (!isPlainObject(value)) {
    throw badResponse(response, event, `not the API's JSON${glimpse(text)}`);
  }
  const fault = faultOf(value, expected);
  if (fault !== null) throw badResponse(response, event, `JSON of another shape: ${fault}`);
  return value;
}

/** Names the first field that is missing or of another type; null for none. */
function faultOf(value: object, shape: Shape): string | null {
  for (const [name, type] of Object.entries(shape)) {
    const field = (value as Record<string, unknown>)[name];
    const isRight = type === 'array' ? Array.isArray(field) : typeof field === type;
    if (!isRight) return `${name} is not ${type === 'array' ? 'an array' : `a ${type}`}`;
  }
  return null;
}

/** Returns the error of a proxy's page or a portal's redirect, in place of a response of the API. */
export function badResponse(
  { status, headers }: Response,
  event: RequestEvent,
  content: string,
  code = 'bad_response',
): EcsError {
  return new EcsResponseError(`${redactUrl(event.url)} returned ${status} with ${content}`, {
    code,
    status,
    requestId: headers.get('x-request-id') ?? event.requestId,
    attempts: event.attempt,
  });
}

/** The time of an attempt: which limit ends it, and the value of that limit. */
export interface AttemptTime {
  timeout: 'attempt' | 'total';
  limitMs: number;
}

/** Returns the error of an attempt without a response: too late, or not at all. */
export function missingResponse(
  cause: unknown,
  event: RequestEvent,
  expired: AttemptTime | null,
  hasBegun = false,
): EcsConnectionError | EcsTimeoutError {
  const { requestId, attempt, method } = event;
  const place = `${method} ${redactUrl(event.url)}`;
  const fields = { requestId, retryable: true, attempts: attempt };
  const after = `after ${attempt} attempt${attempt === 1 ? '' : 's'}`;
  if (expired) {
    const limit = expired.timeout === 'attempt' ? 'timeoutMs of an attempt' : 'deadlineMs of the call';
    const message = `${place} did not respond in time: ${limit}, ${expired.limitMs}, is over ${after}`;
    return new EcsTimeoutError(message, { ...fields, code: 'timeout', timeout: expired.timeout });
  }
  const systemCode = systemCodeOf(cause);
  const reason = systemCode === null ? '' : `${systemCode}, `;
  // Libraries put the whole address into their messages.
  const detail = `${reason}${redactText(reasonOf(cause))}`;
  if (isConnectTimeout(systemCode)) {
    const message = `${place} could not connect in time, ${after}: ${detail}`;
    return new EcsTimeoutError(
      message,
      { ...fields, code: 'timeout', timeout: 'connect', systemCode },
      cause,
    );
  }
  const origin = systemCode === null && !hasBegun ? foreignOrigin(event.url) : null;
  const hint = origin === null ? '' : `, or this origin, ${origin}, is not in CORS_ORIGINS of the API`;
  const effect = hasBegun ? 'broke off within its response' : 'cannot be reached';
  const message = `${place} ${effect}${hint} (${after}): ${detail}`;
  return new EcsConnectionError(message, { ...fields, code: 'connection_failed', systemCode }, cause);
}
