import { PROBLEM_CONTENT_TYPE, type Problem, type ProblemDetail } from '../contracts/problem.ts';

/** Thrown in the fake instead of a 2xx; becomes the problem document that the API would send. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly extra: { errors?: ProblemDetail[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
  }
}

export function invalid(errors: ProblemDetail[]): Refusal {
  return new Refusal(422, 'invalid_request', 'The request is well-formed but not valid.', { errors });
}

export function notFound(code: string, what: string): Refusal {
  return new Refusal(404, code, `There is ${what}.`);
}

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
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

export function refusalResponse(refusal: Refusal, requestId: string): Response {
  const { status, code, message: detail, extra } = refusal;
  const problem: Problem = {
    type: `urn:ecs:problem:${code}`,
    title: TITLES[status] ?? 'Error',
    status,
    detail,
    code,
    requestId,
    ...(extra.errors ? { errors: extra.errors } : {}),
  };
  const headers: Record<string, string> = {
    'content-type': PROBLEM_CONTENT_TYPE,
    'cache-control': 'no-store',
    'x-request-id': requestId,
    ...(status === 429 || status === 503 ? { 'retry-after': '1' } : {}),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...extra.headers,
  };
  return new Response(JSON.stringify(problem), { status, headers });
}
