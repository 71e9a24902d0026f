import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import canonicalize from 'canonicalize';
import { OrNull } from '../../sdk/contracts/common.ts';
import { CreditType } from '../../sdk/contracts/credit.ts';
import { EmotionEffect } from '../policy/policy-document.ts';
import { FeatureVector, Prediction } from '../risk-model.ts';

/**
 * The record of a decision: all that is needed to compute it again, without any table. Its hash is taken over
 * its canonical JSON (RFC 8785), so that it does not depend on how a store keeps JSON.
 */

const Outcome = Type.Object({
  approved: Type.Boolean(),
  denied_by: Type.Array(Type.String()),
  terms: OrNull(
    Type.Object({ credit_limit: Type.Number(), interest_rate: Type.Number(), credit_type: CreditType }),
  ),
});

const Assessment = Type.Object({ features: FeatureVector, prediction: Prediction });

/** Number of events that count, by source. */
const Counts = Type.Object({
  platform: Type.Integer(),
  customer: Type.Integer(),
  /** Of the customer, left out since the platform's alone allow more. */
  set_aside: Type.Optional(Type.Integer()),
});

const RecordedReason = Type.Object({
  code: Type.String(),
  feature: OrNull(Type.String()),
  value: OrNull(Type.Number()),
  sufficient_value: OrNull(Type.Number()),
  weight: OrNull(Type.Number()),
});

const RecordedChange = Type.Object({ feature: Type.String(), from: Type.Number(), to: Type.Number() });

export const DecisionRecord = Type.Object({
  /** Of this shape; 1 has no salt. */
  schema: Type.Union([Type.Literal(1), Type.Literal(2)]),
  /** Random: hides the erasable part in its hash, see record-hash.ts. */
  salt: Type.Optional(Type.String()),
  analysis_id: Type.String(),
  user_id: Type.String(),
  trace_id: OrNull(Type.String()),
  /** Clock of the service, ISO 8601 in UTC. */
  decided_at: Type.String(),
  jurisdiction: Type.String(),
  /** By purpose; empty where none was asked for. */
  consents: Type.Record(Type.String(), Type.Boolean()),
  /** UTC date of the last day of both windows. */
  window: Type.Object({ today: Type.String(), long_days: Type.Integer(), short_days: Type.Integer() }),
  counts: Type.Object({ transactions: Counts, emotions: OrNull(Counts) }),
  versions: Type.Object({
    features: Type.String(),
    model: Type.String(),
    policy: Type.String(),
    policy_hash: Type.String(),
    /** Of how it was decided and told, see editions.ts; absent in records from before they named it. */
    edition: Type.Optional(Type.Integer({ minimum: 1 })),
  }),
  effect: Type.Object({ applied: EmotionEffect, because: Type.String() }),
  /** The customer without emotions. */
  twin: Assessment,
  /** The customer with emotions; null where they were not read. */
  full: OrNull(Assessment),
  outcomes: Type.Object({ twin: Outcome, full: OrNull(Outcome) }),
  basis: Type.Union([Type.Literal('twin'), Type.Literal('full')]),
  exposure: Type.Object({ before: Type.Number(), max: Type.Number() }),
  is_self_reported: Type.Boolean(),
  approved: Type.Boolean(),
  terms: Outcome.properties.terms,
  adjustments: Type.Array(Type.String()),
  reasons: Type.Array(RecordedReason),
  recourse: Type.Array(RecordedChange),
  /** The assessments that prove each `sufficient_value` and the recourse. */
  evidence: Type.Array(Assessment),
  /** The share of each feature in the risk score that the reasons were chosen by. */
  weights: Type.Record(Type.String(), Type.Number()),
  /** False when the model could not be asked for all values that would have been enough. */
  explanation_complete: Type.Boolean(),
  /** Of an operator's decision in place of a denial: review, denial with its hash, operators. */
  override: Type.Optional(
    Type.Object({
      review_id: Type.String(),
      analysis_id: Type.String(),
      record_hash: Type.String(),
      reason_code: Type.String(),
      proposed_by: OrNull(Type.String()),
      decided_by: Type.String(),
    }),
  ),
});
export type DecisionRecord = Static<typeof DecisionRecord>;

/** Returns the features of a decision's customer, with emotions where they were read. */
export function featuresOf({ full, twin }: Pick<DecisionRecord, 'full' | 'twin'>): FeatureVector {
  return (full ?? twin).features;
}

/** Returns the canonical JSON of a value (RFC 8785). */
export function canonicalText(value: unknown): string {
  return canonicalize(value) ?? 'null';
}

/** Whether two values have the same canonical JSON; faster than to write it. */
export function isSameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((value, index) => isSameJson(value, right[index]));
  }
  const namesOf = (value: object) => Object.keys(value).filter((name) => at(value, name) !== undefined);
  const names = namesOf(left);
  if (names.length !== namesOf(right).length) return false;
  return names.every((name) => isSameJson(at(left, name), at(right, name)));
}

function at(value: object, name: string): unknown {
  return (value as Record<string, unknown>)[name];
}
