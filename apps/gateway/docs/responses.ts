import type { Endpoint } from '../../../sdk/contracts/endpoint.ts';
import { oauthWordOf } from '../../../sdk/contracts/oauth-error.ts';
import {
  PROBLEM_CONTENT_TYPE,
  PROBLEMS,
  type ProblemCode,
  toProblem,
} from '../../../sdk/contracts/problems.ts';
import { problemsOf } from './problems.ts';
import type { Schemas } from './schemas.ts';

const text = (description: string, example: string) => ({
  description,
  schema: { type: 'string' },
  example,
});
export const HEADERS = {
  'X-Request-Id': text('Names the request in logs and traces.', '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a'),
  'RateLimit-Policy': text(
    'The quota: q requests in a burst, filled again in w seconds.',
    '"user";q=40000;w=2',
  ),
  RateLimit: text('The rest of the quota: r requests now, all of them in t seconds.', '"user";r=39999;t=1'),
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 1 }, example: 1 },
  ETag: text('For If-None-Match: 304 while the response is the same.', 'W/"1x2y3z"'),
  'Idempotency-Replayed': text(
    '`true` when this is the response to an earlier request with this key.',
    'true',
  ),
  Location: text(
    'The accepted offer, to be read until it is active.',
    '/v1/credit-offers/0198f3a3-1f00-7c2d-9e10-6b8d4a2f5c31',
  ),
};

function refer(...names: (keyof typeof HEADERS)[]): Record<string, Reference> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

type Reference = { $ref: string };

export interface Responses {
  /** Returns the responses of an endpoint by status. Those of rejections are references. */
  of(endpoint: Endpoint): Record<string, unknown>;
  ofProblems(problems: Record<number, ProblemCode[]>, errors?: Endpoint['errors']): Record<string, Reference>;
  /** Every response that was referred to, by name. */
  components(): Record<string, unknown>;
}

/** Endpoints that reject for the same reasons share a response, which is named by its codes. */
export function createResponses(schemas: Schemas): Responses {
  const components = new Map<string, unknown>([['unchanged', UNCHANGED]]);
  const ofProblems: Responses['ofProblems'] = (problems, errors) => {
    const references = Object.entries(problems).map(([status, codes]) => {
      const name = [...(errors ? [errors] : []), ...codes].join('-');
      components.set(name, rejectionOf(status, codes, errors));
      return [status, { $ref: `#/components/responses/${name}` }] as const;
    });
    return Object.fromEntries(references);
  };
  const of = (endpoint: Endpoint) => ({
    ...successOf(endpoint, schemas),
    ...ofProblems(problemsOf(endpoint), endpoint.errors),
  });
  const sorted = () => [...components].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { of, ofProblems, components: () => Object.fromEntries(sorted()) };
}

const UNCHANGED = {
  description: 'Unchanged: the response is the one that If-None-Match names',
  headers: refer('ETag'),
};

function successOf({ response, method, auth }: Endpoint, schemas: Schemas) {
  const { status, schema, description, example, eventStream } = response;
  const content = {
    'application/json': { schema: schemas.of(schema), example },
    ...(eventStream ? { 'text/event-stream': { schema: { type: 'string' }, example: eventStream } } : {}),
  };
  const headers = {
    ...refer('X-Request-Id'),
    ...(auth === 'none' ? {} : refer('RateLimit-Policy', 'RateLimit')),
    ...(method === 'GET' ? refer('ETag') : {}),
    ...(method === 'POST' ? refer('Idempotency-Replayed') : {}),
    ...refer(...(response.headers ?? [])),
  };
  return {
    [status]: { description, headers, content },
    ...(method === 'GET' ? { 304: { $ref: '#/components/responses/unchanged' } } : {}),
  };
}

function rejectionOf(status: string, codes: ProblemCode[], errors: Endpoint['errors']) {
  const [code = 'internal_error'] = codes;
  const requestId = HEADERS['X-Request-Id'].example;
  const { detail } = PROBLEMS[code];
  const isOauth = errors === 'oauth';
  const schema = { $ref: `#/components/schemas/${isOauth ? 'OauthError' : 'Problem'}` };
  const example = isOauth
    ? { error: oauthWordOf(code, Number(status)), error_description: detail, code, requestId }
    : toProblem({ code, ...PROBLEMS[code], requestId });
  const waits = status === '429' || status === '503';
  return {
    description: codes.join(', '),
    headers: refer('X-Request-Id', ...(waits ? (['Retry-After'] as const) : [])),
    content: { [isOauth ? 'application/json' : PROBLEM_CONTENT_TYPE]: { schema, example } },
  };
}
