import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, Timestamp, Uuid } from './common.ts';
import { defineEndpoints, idOf, response } from './endpoint.ts';
import { EXAMPLE } from './examples.ts';

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

export const OPERATOR_DECISION_ENDPOINTS = defineEndpoints({
  getDecisionAsOperator: {
    method: 'GET',
    path: '/v1/operators/credit-analyses/{analysis_id}',
    summary: 'A decision with its record, the hash of it, and its place in the chain',
    tag: 'operators',
    auth: 'operator',
    roles: ['viewer'],
    service: 'back-office',
    priority: 'normal',
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
