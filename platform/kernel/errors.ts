import { PROBLEM_CONTENT_TYPE, type Problem, type ProblemDetail } from '../../sdk/contracts/problem.ts';

/**
 * Three kinds of error: an outcome is data (a denied analysis), an operational error is an `AppError` and
 * becomes a problem document, everything else is a bug: it is logged in full and answered as a bare 500.
 */
export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  /** Whether the same request may succeed later; such an answer carries `Retry-After`. */
  readonly retryable: boolean;
  readonly retryAfterSeconds: number;
  readonly errors: ProblemDetail[] | undefined;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    detail: string,
    options: {
      cause?: unknown;
      retryAfterSeconds?: number;
      errors?: ProblemDetail[];
      headers?: Record<string, string>;
    } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = status;
    this.retryable = status === 503 || status === 429;
    this.retryAfterSeconds = options.retryAfterSeconds ?? 1;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }
}

/** 503: something this process needs is away; nothing was done that a retry would do twice. */
export function unavailable(code: string, detail: string, cause?: unknown, retryAfterSeconds = 1): AppError {
  return new AppError(503, code, detail, { cause, retryAfterSeconds });
}

export function invalid(errors: ProblemDetail[]): AppError {
  return new AppError(422, 'invalid_request', 'The request is well-formed but not valid.', { errors });
}

export const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** The problem document of an error. Of a bug it tells nothing but the request id. */
export function problemResponse(error: unknown, requestId: string): Response {
  const knownError =
    error instanceof AppError
      ? error
      : new AppError(
          500,
          'internal_error',
          'Something went wrong on our side. The request id finds it in the logs.',
        );
  const problem: Problem = {
    type: `urn:ecs:problem:${knownError.code}`,
    title: TITLES[knownError.status] ?? 'Error',
    status: knownError.status,
    detail: knownError.message,
    code: knownError.code,
    requestId,
    ...(knownError.errors ? { errors: knownError.errors } : {}),
  };
  const headers: Record<string, string> = {
    'content-type': PROBLEM_CONTENT_TYPE,
    'cache-control': 'no-store',
    'x-request-id': requestId,
    ...knownError.headers,
  };
  if (knownError.retryable)
    headers['retry-after'] = String(Math.max(1, Math.ceil(knownError.retryAfterSeconds)));
  if (knownError.status === 401) headers['www-authenticate'] ??= 'Bearer';
  return new Response(JSON.stringify(problem), { status: knownError.status, headers });
}
