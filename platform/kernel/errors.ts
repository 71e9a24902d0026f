import type { ProblemDetail } from '../../sdk/contracts/problem.ts';
import { PROBLEM_CONTENT_TYPE, PROBLEMS, type ProblemCode, toProblem } from '../../sdk/contracts/problems.ts';

interface ProblemOptions {
  /** In place of the detail of the catalogue, where the place that throws knows more. */
  detail?: string;
  cause?: unknown;
  /** For 429 and 503: nothing was done that a retry would do twice. Default 1. */
  retryAfterSeconds?: number;
  errors?: ProblemDetail[];
  headers?: Record<string, string>;
}

/** Returns the operational error of a code, with the status and the detail of the catalogue. */
export function problem(code: ProblemCode, options?: ProblemOptions): AppError {
  return new AppError(code, options);
}

/**
 * Returns an error that is made once and thrown often. It has no stack: the place where it was made says
 * nothing, and the runtime would read the whole source map for it, at each start of a process.
 */
export function sharedProblem(code: ProblemCode, options?: ProblemOptions): AppError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return problem(code, options);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Returns the 422 that names each fault of a request. */
export function invalid(errors: ProblemDetail[]): AppError {
  return problem('invalid_request', { errors });
}

/**
 * Three kinds of error: an outcome is data (a denied analysis), an operational error is an `AppError` and
 * becomes a problem document, everything else is a bug: it is logged in full and becomes a bare 500.
 */
export class AppError extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  /** Whether the same request may succeed later; such a response carries `Retry-After`. */
  readonly retryable: boolean;
  readonly retryAfterSeconds: number;
  readonly errors: ProblemDetail[] | undefined;
  readonly headers: Record<string, string>;

  constructor(code: ProblemCode, { detail, cause, retryAfterSeconds, errors, headers }: ProblemOptions = {}) {
    super(detail ?? PROBLEMS[code].detail, cause === undefined ? undefined : { cause });
    this.name = 'AppError';
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.retryable = this.status === 503 || this.status === 429;
    this.retryAfterSeconds = retryAfterSeconds ?? 1;
    this.errors = errors;
    this.headers = headers ?? {};
  }
}

/** The problem document of an error. Of a bug it shows nothing but the request id. */
export function problemResponse(error: unknown, requestId: string): Response {
  const knownError = error instanceof AppError ? error : problem('internal_error');
  const { code, status, message: detail, errors } = knownError;
  const headers: Record<string, string> = {
    'content-type': PROBLEM_CONTENT_TYPE,
    'cache-control': 'no-store',
    'x-request-id': requestId,
    ...knownError.headers,
  };
  if (knownError.retryable)
    headers['retry-after'] = String(Math.max(1, Math.ceil(knownError.retryAfterSeconds)));
  if (status === 401) headers['www-authenticate'] ??= 'Bearer';
  return new Response(JSON.stringify(toProblem({ code, status, detail, requestId, errors })), {
    status,
    headers,
  });
}

/** Thrown by a check of a degraded dependency: readiness reports it, and the process stays ready. */
export class DegradedError extends Error {
  override name = 'DegradedError';
}

/** Returns the text of a failed check for operators: with the causes, since a problem says the kind alone. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'down';
  return error.cause instanceof Error ? `${error.message} (${reasonOf(error.cause)})` : error.message;
}
