import type { Problem, ProblemDetail } from '../contracts/problem.ts';

/**
 * The kind of a failure: `argument` (wrong options or values: nothing was sent), `status` (a response that is
 * not 2xx), `response` (a response that is not the API's), `connection` (none), `timeout` (none in time),
 * `credentials` (the `tokenProvider` failed), `state` (not possible any more, as with a closed writer).
 */
export type EcsErrorKind =
  | 'argument'
  | 'status'
  | 'response'
  | 'connection'
  | 'timeout'
  | 'credentials'
  | 'state';

/** The facts of a failure; all of them are on the error. */
export interface EcsErrorFields {
  kind: EcsErrorKind;
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
  /** How many attempts were made; 0 when nothing was sent. */
  attempts: number;
  /** The system's word for a failed connection, as `ECONNREFUSED` or `CERT_HAS_EXPIRED`. */
  systemCode: string | null;
}

/** Every failure of the client is an `EcsError`; its class says the status. */
export class EcsError extends Error implements EcsErrorFields {
  override name = 'EcsError';
  readonly kind: EcsErrorKind;
  readonly code: string;
  readonly status: number | null;
  readonly requestId: string | null;
  readonly retryable: boolean;
  readonly problem: Problem | null;
  readonly retryAfterMs: number | null;
  readonly attempts: number;
  readonly systemCode: string | null;

  constructor(message: string, fields: Partial<EcsErrorFields> & { code: string }, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = fields.code;
    this.status = fields.status ?? null;
    this.kind = fields.kind ?? (this.status === null ? 'state' : 'status');
    this.requestId = fields.requestId ?? null;
    this.retryable = fields.retryable ?? false;
    this.problem = fields.problem ?? null;
    this.retryAfterMs = fields.retryAfterMs ?? null;
    this.attempts = fields.attempts ?? 0;
    this.systemCode = fields.systemCode ?? null;
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
/** 503: overloaded, or something that the system needs is down; `retryAfterMs` says when to come back. */
export class UnavailableError extends EcsError {
  override name = 'UnavailableError';
}
/** No response: refused, reset, name not found, TLS; `systemCode` says which. */
export class EcsConnectionError extends EcsError {
  override name = 'EcsConnectionError';
  override readonly kind = 'connection';
}

/** The time that was over: to connect, of one attempt, of the call with all its attempts, or of a wait. */
export type EcsTimeout = 'connect' | 'attempt' | 'total' | 'wait';

/** No response in time; `timeout` says which time, `attempts` how many were made. */
export class EcsTimeoutError extends EcsError {
  override name = 'EcsTimeoutError';
  override readonly kind = 'timeout';
  readonly timeout: EcsTimeout;

  constructor(
    message: string,
    fields: Partial<EcsErrorFields> & { code: string; timeout?: EcsTimeout },
    cause?: unknown,
  ) {
    super(message, fields, cause);
    this.timeout = fields.timeout ?? 'wait';
  }
}
/** Wrong options or values; nothing was sent. */
export class EcsArgumentError extends EcsError {
  override name = 'EcsArgumentError';
  override readonly kind = 'argument';

  constructor(message: string, code = 'invalid_argument', cause?: unknown) {
    super(message, { code }, cause);
  }
}
/** A response that is not the API's: a page, broken JSON, another shape, nothing. */
export class EcsResponseError extends EcsError {
  override name = 'EcsResponseError';
  override readonly kind = 'response';
}
