import type { Problem, ProblemDetail } from '../contracts/problem.ts';

/** The facts of a failure; all of them are on the error. */
export interface EcsErrorFields {
  /**
   * A stable snake_case word: the problem's `code`, or the client's own (`connection_failed`, `bad_response`,
   * …).
   */
  code: string;
  /** HTTP status; null when no response came. */
  status: number | null;
  /** `X-Request-Id` of the response, else the one the client sent: support asks for it. */
  requestId: string | null;
  /** Whether the same call may succeed later. The client has retried already when it was allowed to. */
  retryable: boolean;
  /** RFC 9457 document; null when the response had none. */
  problem: Problem | null;
  /** The wait that `Retry-After` asked for, in milliseconds; null when it did not. */
  retryAfterMs: number | null;
}

/** Every failure of the client is an `EcsError`; its class says the status. */
export class EcsError extends Error implements EcsErrorFields {
  override name = 'EcsError';
  readonly code: string;
  readonly status: number | null;
  readonly requestId: string | null;
  readonly retryable: boolean;
  readonly problem: Problem | null;
  readonly retryAfterMs: number | null;

  constructor(message: string, fields: Partial<EcsErrorFields> & { code: string }, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = fields.code;
    this.status = fields.status ?? null;
    this.requestId = fields.requestId ?? null;
    this.retryable = fields.retryable ?? false;
    this.problem = fields.problem ?? null;
    this.retryAfterMs = fields.retryAfterMs ?? null;
  }
}

/** 400: the body could not be read. */
export class BadRequestError extends EcsError {
  override name = 'BadRequestError';
}
/** 401: no token, or one that is not valid (any more): log in again. */
export class AuthenticationError extends EcsError {
  override name = 'AuthenticationError';
}
/** 403: a write for another customer. */
export class PermissionError extends EcsError {
  override name = 'PermissionError';
}
/** 404: not there, or another customer's. */
export class NotFoundError extends EcsError {
  override name = 'NotFoundError';
}
/** 405: the address serves another method; most likely the base URL is wrong. */
export class MethodNotAllowedError extends EcsError {
  override name = 'MethodNotAllowedError';
}
/** 409: taken already, or the first call with this idempotency key still runs. */
export class ConflictError extends EcsError {
  override name = 'ConflictError';
}
/** 410: the offer has expired. */
export class GoneError extends EcsError {
  override name = 'GoneError';
}
/** 413: more than 64 KiB, or 1 MiB for a batch. */
export class ContentTooLargeError extends EcsError {
  override name = 'ContentTooLargeError';
}
/** 415: the content type was not the endpoint's. */
export class UnsupportedMediaTypeError extends EcsError {
  override name = 'UnsupportedMediaTypeError';
}
/** 422: understood and not valid. */
export class ValidationError extends EcsError {
  override name = 'ValidationError';
  /** Each fault with its place: `[{ path: '/body/amount', message: '…' }]`. */
  get errors(): ProblemDetail[] {
    return this.problem?.errors ?? [];
  }
}
/** 429: over the quota; `retryAfterMs` says for how long. */
export class RateLimitError extends EcsError {
  override name = 'RateLimitError';
}
/** 5xx but 503: the fault is on the other side. */
export class ServerError extends EcsError {
  override name = 'ServerError';
}
/** 503: overloaded, or something that the system needs is away; `retryAfterMs` says when to come back. */
export class UnavailableError extends EcsError {
  override name = 'UnavailableError';
}
/** No response: refused, reset, name not found, TLS. */
export class EcsConnectionError extends EcsError {
  override name = 'EcsConnectionError';
}
/** No response in time: one attempt's `timeoutMs`, the call's `deadlineMs`, or a wait's. */
export class EcsTimeoutError extends EcsError {
  override name = 'EcsTimeoutError';
}

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
}): EcsError {
  const { status, headers } = response;
  const problem = readProblem(response.text);
  const code = problem?.code ?? `http_${status}`;
  const ErrorClass = CLASS_OF[status] ?? (status >= 500 ? ServerError : EcsError);
  const message = problem
    ? `${problem.detail}${listOf(problem)} (${status} ${code})`
    : `${response.url} returned ${status} without a problem document${glimpse(response.text)}`;
  return new ErrorClass(message, {
    code,
    status,
    requestId: headers.get('x-request-id') ?? problem?.requestId ?? response.requestId,
    retryable: mayHeal(status) || code === STILL_RUNNING,
    problem,
    retryAfterMs: readRetryAfterMs(headers.get('retry-after')),
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
  const problem = value as Partial<Problem> | null;
  const isProblem = typeof problem?.code === 'string' && typeof problem.detail === 'string';
  return isProblem ? (problem as Problem) : null;
}

/** `Retry-After` in seconds or as an HTTP date -> milliseconds from now; null for neither. */
export function readRetryAfterMs(value: string | null, nowMs: number = Date.now()): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
