import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';

export const ProblemDetail = Type.Object({ path: Type.String(), message: Type.String() });
export type ProblemDetail = Static<typeof ProblemDetail>;

/** RFC 9457. `code` is a stable snake_case word that programs may rely on; `detail` is for people. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String(),
    requestId: Type.String(),
    errors: Type.Optional(Type.Array(ProblemDetail)),
  },
  { additionalProperties: false },
);
export type Problem = Static<typeof Problem>;
