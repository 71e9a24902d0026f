import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, LIMITS, Timestamp, Uuid } from './common.ts';
import { AnalysisOffer, CREDIT_EXAMPLE, CreditAnalysis, Reason } from './credit.ts';
import { defineEndpoints, idOf, OWNER, response } from './endpoint.ts';
import { Review } from './review.ts';

/** A decision as its customer reads it again. Null: not recorded, as before records were kept. */

const TextOrNull = Type.Union([Type.String(), Type.Null()]);
const NumberOrNull = Type.Union([Type.Number(), Type.Null()]);

export const DecisionReason = Closed({
  ...Reason.properties,
  feature: TextOrNull,
  value: NumberOrNull,
  sufficient_value: NumberOrNull,
});
export type DecisionReason = Static<typeof DecisionReason>;

export const Recourse = Closed({ feature: Type.String(), from: Type.Number(), to: Type.Number() });
export type Recourse = Static<typeof Recourse>;

export const CreditDecision = Closed({
  ...CreditAnalysis.properties,
  offer: Type.Union([AnalysisOffer, Type.Null()], { description: 'as it was decided; null when denied' }),
  reasons: Type.Array(DecisionReason, {
    maxItems: 4,
    description: 'with the value that counted, and the one that would have been enough by itself',
  }),
  created_at: Timestamp,
  features: Type.Record(Type.String(), Type.Number(), { description: 'the values that counted' }),
  emotion_effect: Type.Union([
    Type.Literal('off'),
    Type.Literal('help_only'),
    Type.Literal('full'),
    Type.Null(),
  ]),
  recourse: Type.Union([Type.Array(Recourse), Type.Null()], {
    description: 'a change that flips the denial, tried with model and policy; empty when none is known',
  }),
  explanation_complete: Type.Union([Type.Boolean(), Type.Null()], {
    description:
      'false where the model could not be asked to the end: then a value or a recourse may be missing',
  }),
  exposure_before: Type.Union([Type.Number(), Type.Null()], {
    description: 'the sum of accepted and active limits before the decision',
  }),
  jurisdiction: Type.Union([Type.String(), Type.Null()], { description: 'ISO 3166-1 alpha-2, or unknown' }),
  policy_hash: Type.Union([Type.String(), Type.Null()], {
    description: "SHA-256 of the policy's canonical JSON",
  }),
  review: Type.Union([Review, Type.Null()], { description: 'of the decision by a person' }),
});
export type CreditDecision = Static<typeof CreditDecision>;

export const DecisionsQuery = Closed({
  /** `next_cursor` of the page before; the first page without it. */
  cursor: Type.Optional(Uuid),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pageSizeMax, default: 20 })),
});
export type DecisionsQuery = Static<typeof DecisionsQuery>;

export const DecisionPage = Closed({
  items: Type.Array(CreditDecision),
  next_cursor: Type.Union([Uuid, Type.Null()], { description: 'null after the oldest' }),
});
export type DecisionPage = Static<typeof DecisionPage>;

const FEW_TRANSACTIONS = 'There are few transactions in the last 30 days.';
const DENIAL_EXAMPLE: CreditDecision = {
  ...CREDIT_EXAMPLE,
  approved: false,
  ml_risk_score: 0.74,
  offer: null,
  reason: FEW_TRANSACTIONS,
  reasons: [
    {
      code: 'few_transactions',
      message: FEW_TRANSACTIONS,
      feature: 'transaction_count_30d',
      value: 3,
      sufficient_value: 17,
    },
  ],
  created_at: '2026-11-23T09:31:00.000Z',
  features: {
    transaction_count_30d: 3,
    avg_transaction_value_30d: 20,
    avg_positivity_7d: 0.5,
    stress_events_30d: 0,
  },
  emotion_effect: 'help_only',
  recourse: [{ feature: 'transaction_count_30d', from: 3, to: 17 }],
  explanation_complete: true,
  exposure_before: 0,
  jurisdiction: 'BR',
  policy_hash: '4f0c8f7d3c1f6a0d1d6b1f6a2f7b6b2c7f5f1f4bb1a7a1d3f1b2c3d4e5f60718',
  review: null,
};

export const DECISION_ENDPOINTS = defineEndpoints({
  listAnalyses: {
    method: 'GET',
    path: '/v1/users/{user_id}/credit-analyses',
    summary: "The customer's credit decisions, newest first",
    tag: 'credit',
    auth: 'bearer',
    service: 'credit',
    priority: 'normal',
    params: { user_id: OWNER },
    query: DecisionsQuery,
    response: response(200, DecisionPage, 'One page', { items: [DENIAL_EXAMPLE], next_cursor: null }),
    problems: [],
  },
  getAnalysis: {
    method: 'GET',
    path: '/v1/credit-analyses/{analysis_id}',
    summary: 'One credit decision: the values that counted, its reasons, and what would flip it',
    tag: 'credit',
    auth: 'bearer',
    service: 'credit',
    priority: 'normal',
    params: { analysis_id: idOf('analysis_not_found') },
    response: response(200, CreditDecision, 'The decision', DENIAL_EXAMPLE),
    problems: [],
  },
});
