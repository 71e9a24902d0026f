import { PROBLEM_CONTENT_TYPE, type ProblemDetail } from '../contracts/problem.ts';
import { PROBLEMS, type ProblemCode, type ProblemFacts, toProblem } from '../contracts/problems.ts';

interface RefusalOptions {
  /** In place of the detail of the catalogue. */
  detail?: string;
  errors?: ProblemDetail[];
  headers?: Record<string, string>;
}

/** Thrown in the fake instead of a 2xx; becomes the problem document that the API would send. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly extra: Pick<RefusalOptions, 'errors' | 'headers'> = {},
  ) {
    super(detail);
  }
}

/** Returns the refusal of a code, with the status and the detail of the API's catalogue. */
export function refuse(code: ProblemCode, { detail, ...extra }: RefusalOptions = {}): Refusal {
  const { status, detail: usual } = PROBLEMS[code];
  return new Refusal(status, code, detail ?? usual, extra);
}

export function invalid(errors: ProblemDetail[]): Refusal {
  return refuse('invalid_request', { errors });
}

export function refusalResponse(refusal: Refusal, requestId: string): Response {
  const { status, code, message: detail, extra } = refusal;
  const facts: ProblemFacts = { code, status, detail, requestId, errors: extra.errors };
  const headers: Record<string, string> = {
    'content-type': PROBLEM_CONTENT_TYPE,
    'cache-control': 'no-store',
    'x-request-id': requestId,
    ...(status === 429 || status === 503 ? { 'retry-after': '1' } : {}),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...extra.headers,
  };
  return new Response(JSON.stringify(toProblem(facts)), { status, headers });
}
