import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';

/** The body of /healthz, /livez and /readyz: each dependency by name, with its fault when it is down. */
export const Health = Type.Object({
  status: Type.Union([Type.Literal('ok'), Type.Literal('unavailable'), Type.Literal('draining')]),
  dependencies: Type.Optional(
    Type.Record(Type.String(), Type.String({ description: "'up' or what is wrong" })),
  ),
});
export type Health = Static<typeof Health>;
