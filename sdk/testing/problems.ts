import type { ProblemDetail } from '../contracts/problem.ts';
import { oauthStatusOf, toOauthError } from '../contracts/oauth-error.ts';
import { PROBLEM_CONTENT_TYPE, PROBLEMS, type ProblemCode, toProblem } from '../contracts/problems.ts';

interface ProblemOptions {
  /** In place of the detail of the catalogue. */
  detail?: string;
  errors?: ProblemDetail[];
  headers?: Record<string, string>;
}

/** Returns the problem of a code, with the status and the detail of the API's catalogue. */
export function problem(code: ProblemCode, { detail, ...extra }: ProblemOptions = {}): ApiProblem {
  const { status, detail: usual } = PROBLEMS[code];
  return new ApiProblem(status, code, detail ?? usual, extra);
}

/** Returns the 422 that names each fault of a request. */
export function invalid(errors: ProblemDetail[]): ApiProblem {
  return problem('invalid_request', { errors });
}

/** Thrown by handlers in place of a 2xx. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly extra: Pick<ProblemOptions, 'errors' | 'headers'> = {},
  ) {
    super(detail);
  }
}

/** Returns the problem document that the API would send. */
export function problemResponse(error: ApiProblem, requestId: string, form?: 'oauth'): Response {
  const { status, code, message: detail, extra } = error;
  const headers: Record<string, string> = {
    'content-type': PROBLEM_CONTENT_TYPE,
    'cache-control': 'no-store',
    'x-request-id': requestId,
    ...(status === 429 || status === 503 ? { 'retry-after': '1' } : {}),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...extra.headers,
  };
  const document = toProblem({ code, status, detail, requestId, errors: extra.errors });
  if (form !== 'oauth') return new Response(JSON.stringify(document), { status, headers });
  headers['content-type'] = 'application/json';
  return new Response(JSON.stringify(toOauthError(document)), { status: oauthStatusOf(status), headers });
}
