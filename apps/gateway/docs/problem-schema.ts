import { OauthError } from '../../../sdk/contracts/oauth-error.ts';
import { Problem } from '../../../sdk/contracts/problem.ts';
import { PROBLEMS } from '../../../sdk/contracts/problems.ts';
import type { Schemas } from './schemas.ts';

/** Returns all schemas, with the one shape of all rejections and their codes among them. */
export function withProblems(schemas: Schemas): Record<string, unknown> {
  schemas.of(Problem);
  schemas.of(OauthError);
  const components = schemas.components() as Record<string, { properties: object }>;
  const properties = {
    ...components.Problem?.properties,
    code: { $ref: '#/components/schemas/ProblemCode' },
  };
  return {
    ...components,
    Problem: { description: 'RFC 9457', ...components.Problem, properties },
    ProblemCode: PROBLEM_CODE,
  };
}

const CODES = Object.entries(PROBLEMS);

/** The catalogue of codes; open, so that a client of today can read a code of tomorrow. */
const PROBLEM_CODE = {
  description: [
    'A stable word for programs. More may be added.',
    '',
    ...CODES.map(([code, { status, detail }]) => `- \`${code}\` (${status}): ${detail}`),
  ].join('\n'),
  anyOf: [{ type: 'string', enum: CODES.map(([code]) => code) }, { type: 'string' }],
};
