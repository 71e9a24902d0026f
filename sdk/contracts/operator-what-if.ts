import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, OrNull, Timestamp, Uuid } from './common.ts';
import { CreditType } from './credit.ts';
import { defineEndpoints, idOf, json, response } from './endpoint.ts';
import { POLICY_VERSION } from './operator-policies.ts';

/** A decision laid open: both assessments, the way through the rules, reasons in words, and a recourse. */

const Terms = Closed({
  credit_limit: Type.Number(),
  interest_rate: Type.Number({ description: 'percent a year' }),
  credit_type: CreditType,
});

const Features = Type.Record(Type.String(), Type.Number());

export const OpenedRule = Closed({
  code: Type.String(),
  deny_when: Type.String({ description: 'the expression of the policy' }),
  feature: OrNull(Type.String(), 'that it is about; null where it is about several facts'),
  denies: Type.Boolean(),
});
export type OpenedRule = Static<typeof OpenedRule>;

export const OpenedAssessment = Closed({
  features: Features,
  risk_score: Type.Number(),
  model_version: Type.String(),
  contributions: OrNull(Features, 'to the risk score, where the model names them'),
  approved: Type.Boolean({ description: 'by the policy, before exposure and sources bound it' }),
  denied_by: Type.Array(Type.String()),
  terms: OrNull(Terms),
  rules: Type.Array(OpenedRule),
  band: OrNull(Type.Integer(), 'the place of the band of terms that the score reaches; null above all'),
});
export type OpenedAssessment = Static<typeof OpenedAssessment>;

export const OpenedDecision = Closed({
  policy_version: Type.String(),
  policy_hash: Type.String(),
  policy_title: Type.String(),
  effect: Type.Union([Type.Literal('off'), Type.Literal('help_only'), Type.Literal('full')]),
  effect_because: Type.String(),
  basis: Type.Union([Type.Literal('twin'), Type.Literal('full')], { description: 'the one that counts' }),
  approved: Type.Boolean(),
  terms: OrNull(Terms),
  adjustments: Type.Array(Type.String()),
  exposure: Type.Number({ description: 'sum of the accepted and active limits before' }),
  exposure_max: Type.Number(),
  twin: OpenedAssessment,
  full: OrNull(OpenedAssessment, 'null where emotions were not read'),
  bands: Type.Array(
    Closed({
      score_max: Type.Number(),
      credit_limit: Type.String(),
      interest_rate: Type.String(),
      credit_type: CreditType,
    }),
  ),
  features: Type.Array(
    Closed({
      name: Type.String(),
      is_emotional: Type.Boolean(),
      better: Type.Union([Type.Literal('increase'), Type.Literal('decrease')]),
      actionable: Type.Boolean(),
      min: Type.Number(),
      max: Type.Number(),
      step: Type.Number(),
    }),
    { description: 'with the values that a search for an approval tries' },
  ),
  reasons: Type.Array(
    Closed({
      code: Type.String(),
      message: Type.String(),
      feature: OrNull(Type.String()),
      value: OrNull(Type.Number()),
      sufficient_value: OrNull(Type.Number()),
      weight: OrNull(Type.Number()),
    }),
  ),
  recourse: Type.Array(Closed({ feature: Type.String(), from: Type.Number(), to: Type.Number() })),
  explanation_complete: Type.Boolean(),
});
export type OpenedDecision = Static<typeof OpenedDecision>;

export const DecisionExplanation = Closed({
  analysis_id: Uuid,
  decided_at: Timestamp,
  jurisdiction: Type.String(),
  text: Type.Array(Type.String(), { description: 'the decision in prose, line by line' }),
  decision: OpenedDecision,
});
export type DecisionExplanation = Static<typeof DecisionExplanation>;

export const DecisionReplay = Closed({
  analysis_id: Uuid,
  gap: OrNull(
    Type.Union([Type.Literal('no_record'), Type.Literal('erased'), Type.Literal('newer_release')]),
    'why it cannot be decided again; then its hash and its row alone were compared',
  ),
  differences: Type.Array(Closed({ path: Type.String(), stored: Type.Unknown(), computed: Type.Unknown() }), {
    description: 'places that differ from the replay; empty for an unchanged decision',
  }),
  chain: OrNull(
    Closed({ position: Type.Integer(), link: Type.String(), fits: Type.Boolean() }),
    'whether the link is that of the record and of the link before; null while it waits for its link',
  ),
});
export type DecisionReplay = Static<typeof DecisionReplay>;

const Changes = Closed({
  transaction_count_30d: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  avg_transaction_value_30d: Type.Optional(Type.Number({ minimum: 0, maximum: 1_000_000_000 })),
  avg_positivity_7d: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  stress_events_30d: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
});

export const WhatIfRequest = Closed(
  {
    features: Type.Optional(Changes),
    policy_version: Type.Optional(Type.String({ pattern: POLICY_VERSION })),
  },
  { examples: [{ features: { transaction_count_30d: 17 } }] },
);
export type WhatIfRequest = Static<typeof WhatIfRequest>;

export const WhatIf = Closed({ original: OpenedDecision, changed: OpenedDecision });
export type WhatIf = Static<typeof WhatIf>;

const FEATURES = {
  transaction_count_30d: 3,
  avg_transaction_value_30d: 20,
  avg_positivity_7d: 0.5,
  stress_events_30d: 0,
};
const ANALYSIS_ID = '0198f3a3-1eff-7f0a-8b21-90c4d1e2f3a4';
const EXAMPLE: OpenedDecision = {
  policy_version: 'v1',
  policy_hash: '0'.repeat(64),
  policy_title: 'The first policy',
  effect: 'off',
  effect_because: 'law',
  basis: 'twin',
  approved: false,
  terms: null,
  adjustments: [],
  exposure: 0,
  exposure_max: 10_000,
  twin: {
    features: FEATURES,
    risk_score: 0.71,
    model_version: 'scorecard-1',
    contributions: { transaction_count_30d: 0.3 },
    approved: false,
    denied_by: ['high_risk_score'],
    terms: null,
    rules: [],
    band: null,
  },
  full: null,
  bands: [
    { score_max: 0.6, credit_limit: '1000.0', interest_rate: '9.5', credit_type: 'SHORT_TERM_PERSONAL_LOAN' },
  ],
  features: [],
  reasons: [
    {
      code: 'few_transactions',
      message: 'There are few transactions in the last 30 days.',
      feature: 'transaction_count_30d',
      value: 3,
      sufficient_value: 17,
      weight: 0.3,
    },
  ],
  recourse: [{ feature: 'transaction_count_30d', from: 3, to: 17 }],
  explanation_complete: true,
};

const SERVED = { tag: 'operators', auth: 'operator', roles: ['viewer'] } as const;
const params = { analysis_id: idOf('analysis_not_found') };

export const OPERATOR_WHAT_IF_ENDPOINTS = defineEndpoints({
  explainDecision: {
    ...SERVED,
    method: 'GET',
    path: '/v1/operators/credit-analyses/{analysis_id}/explanation',
    summary: 'A decision explained: assessments, the path through the rules, reasons in words',
    service: 'back-office',
    priority: 'normal',
    params,
    response: response(200, DecisionExplanation, 'The explanation', {
      analysis_id: ANALYSIS_ID,
      decided_at: '2026-11-23T09:31:00.000Z',
      jurisdiction: 'DE',
      text: ['The application was DENIED.'],
      decision: EXAMPLE,
    }),
    problems: ['decision_not_replayable'],
  },
  replayDecision: {
    ...SERVED,
    method: 'POST',
    path: '/v1/operators/credit-analyses/{analysis_id}/replay',
    summary: 'Decide again from the record, and compare with what is stored',
    service: 'back-office',
    priority: 'low',
    params,
    response: response(200, DecisionReplay, 'The comparison', {
      analysis_id: ANALYSIS_ID,
      gap: null,
      differences: [],
      chain: { position: 12, link: '0'.repeat(64), fits: true },
    }),
    problems: [],
  },
  askWhatIf: {
    ...SERVED,
    method: 'POST',
    path: '/v1/operators/credit-analyses/{analysis_id}/what-if',
    summary: 'The decision with other values, or by another policy; nothing is stored',
    service: 'credit',
    priority: 'low',
    params,
    body: json(WhatIfRequest),
    response: response(200, WhatIf, 'Both decisions', { original: EXAMPLE, changed: EXAMPLE }),
    problems: [
      'decision_not_replayable',
      'policy_not_found',
      'quota_exceeded',
      'model_busy',
      'model_unavailable',
    ],
  },
});
