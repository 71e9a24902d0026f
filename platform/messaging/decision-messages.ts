import { type Static, Type } from '@sinclair/typebox';
import { Timestamp, Uuid } from '../../sdk/contracts/common.ts';
import { Locale } from '../../sdk/contracts/jurisdiction.ts';

/** The messages of recorded decisions and closed limits. */

const Assessment = Type.Object({
  features: Type.Record(Type.String(), Type.Number()),
  prediction: Type.Object({
    risk_score: Type.Number(),
    model_version: Type.String(),
    contributions: Type.Optional(Type.Record(Type.String(), Type.Number())),
  }),
});

export const DecisionMessage = Type.Object({
  analysisId: Uuid,
  userId: Uuid,
  approved: Type.Boolean(),
  /** The principal reason, in the customer's language; null of an approval. */
  reason: Type.Union([Type.String(), Type.Null()]),
  locale: Locale,
  /** ISO 3166-1 alpha-2, or `unknown`. */
  jurisdiction: Type.String(),
  versions: Type.Object({
    features: Type.String(),
    model: Type.String(),
    policy: Type.String(),
    policy_hash: Type.String(),
  }),
  /** The customer without emotions. */
  twin: Assessment,
  /** The customer with emotions; null where they were not read. */
  full: Type.Union([Assessment, Type.Null()]),
  /** The assessment that counted. */
  basis: Type.Union([Type.Literal('twin'), Type.Literal('full')]),
  decidedAt: Timestamp,
  traceId: Type.Union([Type.String(), Type.Null()]),
});
export type DecisionMessage = Static<typeof DecisionMessage>;

export const LimitClosedMessage = Type.Object({
  offerId: Uuid,
  userId: Uuid,
  creditLimit: Type.Number(),
  reason: Type.String(),
  locale: Locale,
  closedAt: Timestamp,
});
export type LimitClosedMessage = Static<typeof LimitClosedMessage>;
