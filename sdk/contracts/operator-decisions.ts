import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, LIMITS, OrNull, Timestamp, Uuid } from './common.ts';
import { defineEndpoints, idOf, response } from './endpoint.ts';
import { EXAMPLE } from './examples.ts';
import { POLICY_VERSION } from './operator-policies.ts';

const ANALYSIS_ID = '0198f3a3-1eff-7f0a-8b21-90c4d1e2f3a4';

export const ChainPlace = Closed({
  position: Type.Integer(),
  link: Type.String({ description: 'the hash of the link before it and of the record' }),
});
export type ChainPlace = Static<typeof ChainPlace>;

export const RecordedDecision = Closed({
  analysis_id: Uuid,
  user_id: Type.Union([Uuid, Type.Null()], { description: 'null once the customer was erased' }),
  created_at: Timestamp,
  approved: Type.Boolean(),
  risk_score: Type.Number(),
  model_version: Type.String(),
  policy_version: Type.String(),
  jurisdiction: Type.Union([Type.String(), Type.Null()]),
  reasons: Type.Array(Type.Unknown()),
  record: Type.Unknown({ description: 'all that the decision was made of; null before records were kept' }),
  record_hash: Type.Union([Type.String(), Type.Null()]),
  chain: Type.Union([ChainPlace, Type.Null()], { description: 'null while it waits for its link' }),
});
export type RecordedDecision = Static<typeof RecordedDecision>;

const Effect = Type.Union([Type.Literal('off'), Type.Literal('help_only'), Type.Literal('full')]);

export const ListedDecision = Closed({
  analysis_id: Uuid,
  user_id: OrNull(Uuid, 'null once the customer was erased'),
  created_at: Timestamp,
  approved: Type.Boolean(),
  risk_score: Type.Number({ description: 'from 0 to 1, of the assessment that counted' }),
  model_version: Type.String(),
  policy_version: Type.String(),
  jurisdiction: OrNull(Type.String(), 'ISO 3166-1 alpha-2, or unknown'),
  emotion_effect: OrNull(Effect, 'null before effects were kept'),
  credit_limit: OrNull(Type.Number(), 'that was offered; null of a denial'),
  interest_rate: OrNull(Type.Number(), 'percent a year'),
  reasons: Type.Array(Type.String(), { description: 'codes; of an approval, why its limit is reduced' }),
  review: OrNull(
    Type.Union([
      Type.Literal('requested'),
      Type.Literal('proposed'),
      Type.Literal('upheld'),
      Type.Literal('overridden'),
    ]),
    'the state of its review; null without one',
  ),
  overrides: OrNull(Uuid, 'the denial in place of which an operator decided'),
});
export type ListedDecision = Static<typeof ListedDecision>;

export const DecisionFilter = Closed({
  outcome: Type.Optional(Type.Union([Type.Literal('approved'), Type.Literal('denied')])),
  reason: Type.Optional(
    Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$', description: 'any of its reasons' }),
  ),
  policy_version: Type.Optional(Type.String({ pattern: POLICY_VERSION })),
  jurisdiction: Type.Optional(Type.String({ pattern: '^([A-Z]{2}|unknown)$' })),
  emotion_effect: Type.Optional(Effect),
  limit_reduced: Type.Optional(
    Type.Literal('true', { description: 'approvals below the terms of the policy: exposure, sources' }),
  ),
  user_id: Type.Optional(Uuid),
  since: Type.Optional(Timestamp),
  until: Type.Optional(Timestamp),
  review: Type.Optional(
    Type.Union([
      Type.Literal('any'),
      Type.Literal('open'),
      Type.Literal('upheld'),
      Type.Literal('overridden'),
      Type.Literal('override'),
    ]),
  ),
  /** `next_cursor` of the page before; the first page without it. */
  cursor: Type.Optional(Uuid),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pageSizeMax, default: 20 })),
});
export type DecisionFilter = Static<typeof DecisionFilter>;

export const DecisionLines = Closed({
  items: Type.Array(ListedDecision),
  next_cursor: OrNull(Uuid, 'null after the oldest'),
  searched_back_to: OrNull(
    Timestamp,
    'where the search for a full page was ended, to be continued by the cursor; null else',
  ),
});
export type DecisionLines = Static<typeof DecisionLines>;

const SERVED = { tag: 'operators', auth: 'operator', roles: ['viewer'], priority: 'normal' } as const;

export const OPERATOR_DECISION_ENDPOINTS = defineEndpoints({
  listDecisionsAsOperator: {
    ...SERVED,
    method: 'GET',
    path: '/v1/operators/credit-analyses',
    summary: 'Decisions of all customers, newest first',
    service: 'back-office',
    query: DecisionFilter,
    response: response(200, DecisionLines, 'One page', {
      items: [
        {
          analysis_id: ANALYSIS_ID,
          user_id: EXAMPLE.userId,
          created_at: '2026-11-23T09:31:00.000Z',
          approved: false,
          risk_score: 0.71,
          model_version: 'scorecard-1',
          policy_version: 'v1',
          jurisdiction: 'BR',
          emotion_effect: 'help_only',
          credit_limit: null,
          interest_rate: null,
          reasons: ['few_transactions'],
          review: 'requested',
          overrides: null,
        },
      ],
      next_cursor: null,
      searched_back_to: null,
    }),
    problems: ['policy_not_found'],
  },
  getDecisionAsOperator: {
    ...SERVED,
    method: 'GET',
    path: '/v1/operators/credit-analyses/{analysis_id}',
    summary: 'A decision with its record, the hash of it, and its place in the chain',
    service: 'back-office',
    params: { analysis_id: idOf('analysis_not_found') },
    response: response(200, RecordedDecision, 'The decision', {
      analysis_id: ANALYSIS_ID,
      user_id: EXAMPLE.userId,
      created_at: '2026-11-23T09:31:00.000Z',
      approved: false,
      risk_score: 0.71,
      model_version: 'scorecard-1',
      policy_version: 'v1',
      jurisdiction: 'BR',
      reasons: [{ code: 'few_transactions' }],
      record: { format: 1 },
      record_hash: '0'.repeat(64),
      chain: { position: 12, link: '0'.repeat(64) },
    }),
    problems: [],
  },
});
