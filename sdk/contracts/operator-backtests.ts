import type { Static, TSchema } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, OrNull } from './common.ts';
import { defineEndpoints, json, response, wordOf } from './endpoint.ts';
import { POLICY_VERSION } from './operator-policies.ts';
import { LINE } from './text.ts';

/** Policies and models beside each other: differences, backtests, champion and challenger. */

const BeforeAfter = <Schema extends TSchema>(schema: Schema) => Closed({ before: schema, after: schema });
const Count = Type.Integer({ minimum: 0 });
const Share = OrNull(Type.Number(), 'from 0 to 1; null of nothing');
const Figure = OrNull(Type.Number());

export const PolicyDifferences = Closed({
  from: Type.String(),
  to: Type.String(),
  differences: Type.Array(
    Closed({
      place: Type.String({ description: 'a JSON pointer into the documents' }),
      before: Type.Optional(Type.Unknown({ description: 'absent where it is not in the document' })),
      after: Type.Optional(Type.Unknown()),
    }),
  ),
});
export type PolicyDifferences = Static<typeof PolicyDifferences>;

export const PolicyDifferencesQuery = Closed({
  /** The one that is active for `*` unless named. */
  from: Type.Optional(Type.String({ pattern: POLICY_VERSION })),
});
export type PolicyDifferencesQuery = Static<typeof PolicyDifferencesQuery>;

export const BacktestRequest = Closed(
  { last: Type.Optional(Type.Integer({ minimum: 1, maximum: 20_000, default: 5000 })) },
  { examples: [{ last: 1000 }] },
);
export type BacktestRequest = Static<typeof BacktestRequest>;

export const BacktestQuery = Closed({
  last: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, default: 5000 })),
});
export type BacktestQuery = Static<typeof BacktestQuery>;

/** Of a backtest under way: decisions made again, of so many. */
export interface BacktestProgress {
  decisions: number;
  of: number;
}

/** Of one that waits for its turn: the number of backtests before it. */
export interface BacktestWait {
  before: number;
}

export const BACKTEST_TYPES = ['application/json', 'text/event-stream'] as const;

const Distribution = Closed({
  count: Count,
  sum: Type.Number(),
  min: Figure,
  p10: Figure,
  p50: Figure,
  p90: Figure,
  max: Figure,
});
const Bands = Type.Array(Closed({ from: Type.Number(), to: Type.Number(), before: Count, after: Count }), {
  description: 'offers from `from` to below `to`',
});

export const BacktestCohort = Closed({
  by: Type.Union([Type.Literal('jurisdiction'), Type.Literal('source'), Type.Literal('customer')]),
  value: Type.String(),
  customers: Count,
  decisions: Count,
  approved: BeforeAfter(Count),
  to_approved: Count,
  to_denied: Count,
  limits: BeforeAfter(Type.Number()),
});
export type BacktestCohort = Static<typeof BacktestCohort>;

export const PolicyBacktest = Closed({
  policy: Type.String(),
  hash: Type.String({ description: 'of the document that was tested' }),
  is_complete: Type.Boolean({
    description: 'false when the time ran out before all decisions were replayed',
  }),
  decisions: Count,
  replayed: Count,
  not_replayed: Type.Record(Type.String(), Count, { description: 'by the reason' }),
  differences: Type.Integer({ description: 'decisions that differ in outcome, terms or reasons' }),
  flips: Closed({ to_approved: Count, to_denied: Count }),
  approved: BeforeAfter(Count),
  credit_limit: BeforeAfter(Distribution),
  interest_rate: BeforeAfter(Distribution),
  credit_limit_bands: Bands,
  interest_rate_bands: Bands,
  exposure: BeforeAfter(Type.Number()),
  reasons: Type.Record(Type.String(), BeforeAfter(Count), { description: 'decisions, by code' }),
  cohorts: Type.Array(BacktestCohort, { description: 'of 20 customers or more' }),
  cohorts_withheld: Type.Integer({ description: 'of fewer customers, or that would reveal theirs' }),
});
export type PolicyBacktest = Static<typeof PolicyBacktest>;

export const ModelComparisonQuery = Closed({
  challenger: Type.Optional(Type.String({ minLength: 1, maxLength: 64, pattern: LINE })),
  last: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000, default: 1000 })),
  objective: Type.Optional(Type.Union([Type.Literal('approvals'), Type.Literal('risk')])),
});
export type ModelComparisonQuery = Static<typeof ModelComparisonQuery>;

export const ModelComparisonReport = Closed({
  champion: OrNull(Type.String(), 'the model that decided last; null before any decision'),
  challenger: OrNull(Type.String(), 'null where none has predicted'),
  challengers: Type.Array(Type.String(), { description: 'all that have predicted' }),
  pairs: Type.Integer({ description: 'decisions that both know' }),
  agreement: Share,
  flips: Closed({ to_approved: Count, to_denied: Count }),
  approved: Closed({ champion: Share, challenger: Share }),
  psi: Closed({ score: Figure, features: Type.Record(Type.String(), Figure) }),
  latency_ms: Closed({ p50: Figure, p95: Figure }),
  verdict: Type.Union([Type.Literal('better'), Type.Literal('worse'), Type.Literal('not enough data')]),
  because: Type.String({ description: 'the test behind the verdict' }),
  p_value: Type.Number(),
  broken_guardrails: Type.Array(Closed({ name: Type.String(), message: Type.String() })),
  cohorts: Type.Array(
    Closed({
      jurisdiction: Type.String(),
      customers: Count,
      pairs: Count,
      champion_approved: Type.Number(),
      challenger_approved: Type.Number(),
    }),
    { description: 'of 20 customers or more' },
  ),
  scores: Type.Array(
    Closed({ champion: Type.Number(), challenger: Type.Number(), customers: Count, pairs: Count }),
    { description: 'pairs by the tenths of both scores, by their lower ends; of 20 customers or more' },
  ),
});
export type ModelComparisonReport = Static<typeof ModelComparisonReport>;

const SERVED = { tag: 'operators', auth: 'operator', service: 'back-office' } as const;
const params = { version: wordOf('policy_not_found', POLICY_VERSION) };
const NOTHING = { count: 0, sum: 0, min: null, p10: null, p50: null, p90: null, max: null };

const BACKTEST = {
  policy: 'mine-1',
  hash: '0'.repeat(64),
  is_complete: true,
  decisions: 1000,
  replayed: 1000,
  not_replayed: { no_record: 0 },
  differences: 3,
  flips: { to_approved: 0, to_denied: 3 },
  approved: { before: 600, after: 597 },
  credit_limit: { before: NOTHING, after: NOTHING },
  interest_rate: { before: NOTHING, after: NOTHING },
  credit_limit_bands: [],
  interest_rate_bands: [],
  exposure: { before: 0, after: 0 },
  reasons: { few_transactions: { before: 400, after: 403 } },
  cohorts: [],
  cohorts_withheld: 0,
};

export const OPERATOR_BACKTEST_ENDPOINTS = defineEndpoints({
  comparePolicies: {
    ...SERVED,
    method: 'GET',
    path: '/v1/operators/policies/{version}/differences',
    summary: 'The differences between two policies',
    roles: ['viewer'],
    priority: 'normal',
    params,
    query: PolicyDifferencesQuery,
    response: response(200, PolicyDifferences, 'The differences', {
      from: 'v1',
      to: 'mine-1',
      differences: [{ place: '/exposure_max', before: 10_000, after: 8000 }],
    }),
    problems: [],
  },
  backtestPolicy: {
    ...SERVED,
    method: 'POST',
    path: '/v1/operators/policies/{version}/backtest',
    summary:
      'Decide the newest stored decisions again by a policy, for four seconds at most; nothing is stored',
    roles: ['risk', 'approver'],
    priority: 'low',
    params,
    body: json(BacktestRequest, true),
    response: response(200, PolicyBacktest, 'The figures', BACKTEST),
    problems: [],
  },
  followBacktest: {
    ...SERVED,
    method: 'GET',
    path: '/v1/operators/policies/{version}/backtest',
    summary:
      'The same over a million decisions, with wait and progress as server-sent events, for two minutes',
    roles: ['risk', 'approver'],
    priority: 'low',
    params,
    query: BacktestQuery,
    response: {
      ...response(200, PolicyBacktest, 'The figures, or a stream of server-sent events', BACKTEST),
      eventStream:
        `event: waiting\ndata: ${JSON.stringify({ before: 1 })}\n\n` +
        `event: progress\ndata: ${JSON.stringify({ decisions: 250, of: 1000 })}\n\n` +
        `event: report\ndata: ${JSON.stringify(BACKTEST)}\n\n`,
    },
    problems: ['not_acceptable', 'policy_not_found', 'overloaded'],
  },
  compareModels: {
    ...SERVED,
    method: 'GET',
    path: '/v1/operators/model-comparison',
    summary: 'The newest decisions by the champion and by a challenger, under the active policy',
    roles: ['viewer'],
    priority: 'low',
    query: ModelComparisonQuery,
    response: response(200, ModelComparisonReport, 'The comparison', {
      champion: 'scorecard-1',
      challenger: null,
      challengers: [],
      pairs: 0,
      agreement: null,
      flips: { to_approved: 0, to_denied: 0 },
      approved: { champion: null, challenger: null },
      psi: { score: null, features: {} },
      latency_ms: { p50: null, p95: null },
      verdict: 'not enough data',
      because: 'no objective is stated, and no defaults are known',
      p_value: 1,
      broken_guardrails: [],
      cohorts: [],
      scores: [],
    }),
    problems: [],
  },
});
