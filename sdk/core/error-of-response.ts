import type { Problem } from '../contracts/problem.ts';
import {
  AuthenticationError,
  BadRequestError,
  ConflictError,
  ContentTooLargeError,
  EcsError,
  GoneError,
  MethodNotAllowedError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  UnavailableError,
  UnsupportedMediaTypeError,
  ValidationError,
} from './errors.ts';
import { redactUrl } from './redact.ts';

/**
 * Returns the error of a response that is not 2xx, with any body: a problem document, a proxy's page, or
 * nothing.
 */
export function errorOfResponse(response: {
  status: number;
  headers: Headers;
  text: string;
  requestId: string;
  url: string;
  attempt: number;
}): EcsError {
  const { status, headers } = response;
  const problem = readProblem(response.text);
  const code = problem?.code ?? `http_${status}`;
  const ErrorClass = CLASS_OF[status] ?? (status >= 500 ? ServerError : EcsError);
  const message = problem
    ? `${problem.detail}${listOf(problem)} (${status} ${code})`
    : `${redactUrl(response.url)} returned ${status} without a problem document${glimpse(response.text)}`;
  return new ErrorClass(message, {
    code,
    status,
    requestId: headers.get('x-request-id') ?? problem?.requestId ?? response.requestId,
    retryable: mayHeal(status) || code === STILL_RUNNING,
    problem,
    retryAfterMs: readRetryAfterMs(headers.get('retry-after'), timeOfServer(headers)),
    attempts: response.attempt,
  });
}

const CLASS_OF: Record<number, typeof EcsError> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionError,
  404: NotFoundError,
  405: MethodNotAllowedError,
  409: ConflictError,
  410: GoneError,
  413: ContentTooLargeError,
  415: UnsupportedMediaTypeError,
  422: ValidationError,
  429: RateLimitError,
  503: UnavailableError,
};

/** Every call can be repeated: a POST has its idempotency key. */
const mayHeal = (status: number) => status === 408 || status === 429 || status >= 500;
/** The first attempt with this key is still in flight (409): a repetition returns its response. */
const STILL_RUNNING = 'request_in_progress';

const LISTED_MAX = 3;

/** Lists each fault with its place, for readers of the message alone. */
function listOf({ errors = [] }: Problem): string {
  if (errors.length === 0) return '';
  const listed = errors.slice(0, LISTED_MAX).map(({ path, message }) => `${path} ${message}`);
  const more = errors.length > LISTED_MAX ? `; ${errors.length - LISTED_MAX} more` : '';
  return ` ${listed.join('; ')}${more}`;
}

/** Returns the start of an unexpected body, which tells a proxy's page from an empty response. */
export function glimpse(text: string): string {
  const start = text.replace(/\s+/g, ' ').trim().slice(0, 80);
  return start === '' ? ' (the body is empty)' : `: ${start}`;
}

function readProblem(text: string): Problem | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  // The token endpoint has the errors of RFC 6749, with another word for the detail.
  const problem = value as (Partial<Problem> & { error_description?: string }) | null;
  const detail = problem?.detail ?? problem?.error_description;
  const isProblem = typeof problem?.code === 'string' && typeof detail === 'string';
  return isProblem ? ({ ...problem, detail } as Problem) : null;
}

/** By the server's own clock where it says it: that of a device may be hours wrong. */
const timeOfServer = (headers: Headers) => Date.parse(headers.get('date') ?? '') || Date.now();

/** `Retry-After` in seconds or as an HTTP date -> milliseconds from now; null for neither. */
export function readRetryAfterMs(value: string | null, nowMs: number = Date.now()): number | null {
  if (value === null) return null;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  // `Date.parse` reads "-1", "0.5" or "120, 120" as a day of long ago, which would be no wait at all.
  const atMs = /:\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
