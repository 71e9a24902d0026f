import { type Static, Type } from '@sinclair/typebox';

/** What /healthz, /livez and /readyz answer: each dependency by name, with what is wrong when it is down. */
export const Health = Type.Object({
  status: Type.Union([Type.Literal('ok'), Type.Literal('unavailable'), Type.Literal('draining')]),
  dependencies: Type.Optional(
    Type.Record(Type.String(), Type.String({ description: "'up' or what is wrong" })),
  ),
});
export type Health = Static<typeof Health>;
