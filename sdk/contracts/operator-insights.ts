import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed } from './common.ts';
import { defineEndpoints, response } from './endpoint.ts';

/** Figures of the population: never of fewer than 20 customers, and counts in steps of 5. */

const Day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', description: 'UTC date, YYYY-MM-DD' });
const Jurisdiction = Type.String({
  pattern: '^([A-Z]{2}|unknown)$',
  description: 'ISO 3166-1 alpha-2, or unknown where none was given',
});

export const InsightsQuery = Closed({
  from: Type.Optional(Day),
  to: Type.Optional(Day),
  jurisdiction: Type.Optional(Jurisdiction),
});
export type InsightsQuery = Static<typeof InsightsQuery>;

export const Band = Closed(
  {
    p10: Type.Number(),
    p25: Type.Number(),
    p50: Type.Number(),
    p75: Type.Number(),
    p90: Type.Number(),
  },
  { description: 'quantiles, interpolated within the bins of a histogram' },
);
export type Band = Static<typeof Band>;

const moods = {
  event_count: Type.Integer(),
  positivity: Band,
  intensity: Band,
  stress: Band,
};

const scope = {
  from: Day,
  to: Day,
  jurisdiction: Type.Union([Type.String(), Type.Null()], { description: 'null: all' }),
  customers_min: Type.Integer({ description: 'cells of fewer customers are withheld' }),
  cells_withheld: Type.Integer(),
};

export const EmotionInsights = Closed({
  ...scope,
  total: Type.Union([Closed(moods), Type.Null()]),
  days: Type.Array(Closed({ day: Day, ...moods })),
  hours: Type.Array(
    Closed({
      weekday: Type.Integer({ description: '1 Monday .. 7 Sunday' }),
      hour: Type.Integer({ description: 'UTC, 0 .. 23' }),
      ...moods,
    }),
  ),
  jurisdictions: Type.Array(Closed({ jurisdiction: Type.String(), ...moods })),
});
export type EmotionInsights = Static<typeof EmotionInsights>;

const stages = {
  decided: Type.Integer(),
  offered: Type.Integer(),
  accepted: Type.Integer(),
  active: Type.Integer(),
};
const OptionalBand = Type.Union([Band, Type.Null()]);

const terms = {
  limit: OptionalBand,
  rate: OptionalBand,
  seconds_to_active: OptionalBand,
};

export const CreditInsights = Closed({
  ...scope,
  funnel: Type.Union([Closed(stages), Type.Null()]),
  weeks: Type.Array(
    Closed({
      week: Type.String({ description: 'its Monday, UTC' }),
      funnel: Type.Union([Closed(stages), Type.Null()]),
      ...terms,
    }),
  ),
  ...terms,
  reasons: Type.Array(Closed({ code: Type.String(), count: Type.Integer() })),
  effects: Type.Array(
    Closed({
      effect: Type.String({
        description:
          'of emotions: approved, denied, better_terms, worse_terms, none; not_read where they do not count',
      }),
      count: Type.Integer(),
    }),
  ),
});
export type CreditInsights = Static<typeof CreditInsights>;

export const Change = Closed({
  series: Type.String(),
  jurisdiction: Type.String(),
  sentence: Type.String({ description: 'the change in words' }),
  recent: Type.Number({ description: 'median of the daily values of the last 7 complete days' }),
  before: Type.Number({ description: 'median of the same weekdays of the weeks before' }),
  p: Type.Number({ description: 'two-sided, of the exact stratified rank test' }),
  q: Type.Number({ description: 'after the correction for all comparisons (Benjamini-Hochberg)' }),
  superiority: Type.Number({
    description:
      'share of pairs of a recent day and an earlier one of its weekday in which the recent is higher',
  }),
});
export type Change = Static<typeof Change>;

export const ChangeReport = Closed({
  from: Day,
  to: Day,
  weeks_before: Type.Integer(),
  comparisons: Type.Integer(),
  too_short: Type.Integer({ description: 'series with too few days to compare' }),
  false_discovery_rate: Type.Number(),
  changes: Type.Array(Change, { description: 'strongest first; empty when nothing stands out' }),
});
export type ChangeReport = Static<typeof ChangeReport>;

const band: Band = { p10: 0.1, p25: 0.2, p50: 0.3, p75: 0.45, p90: 0.6 };
const mood = { event_count: 1200, positivity: band, intensity: band, stress: band };
const scopeExample = {
  from: '2026-10-26',
  to: '2026-11-23',
  jurisdiction: null,
  customers_min: 20,
  cells_withheld: 3,
};
const funnel = { decided: 400, offered: 250, accepted: 120, active: 120 };
const termsExample = {
  limit: { p10: 7600, p25: 7900, p50: 8200, p75: 8600, p90: 9100 },
  rate: { p10: 6.2, p25: 6.9, p50: 7.7, p75: 8.4, p90: 9 },
  seconds_to_active: { p10: 0.06, p25: 0.1, p50: 0.2, p75: 0.4, p90: 0.9 },
};
const shared = {
  method: 'GET',
  tag: 'operators',
  auth: 'operator',
  roles: ['viewer'],
  service: 'back-office',
  priority: 'normal',
} as const;

export const OPERATOR_INSIGHT_ENDPOINTS = defineEndpoints({
  getEmotionInsights: {
    ...shared,
    path: '/v1/operators/insights/emotions',
    summary: 'Emotions of the population: quantiles by day, by weekday and hour, and by jurisdiction',
    query: InsightsQuery,
    response: response(200, EmotionInsights, 'The last 30 days, or the days of the query, at most 100', {
      ...scopeExample,
      total: mood,
      days: [{ day: '2026-11-23', ...mood }],
      hours: [{ weekday: 1, hour: 9, ...mood }],
      jurisdictions: [{ jurisdiction: 'BR', ...mood }],
    }),
    problems: [],
  },
  getCreditInsights: {
    ...shared,
    path: '/v1/operators/insights/credit',
    summary: 'Funnel, terms, denials by reason and effect of emotions, by week of the decision',
    query: InsightsQuery,
    response: response(
      200,
      CreditInsights,
      'The last 12 whole weeks, or the weeks of the query, at most 53',
      {
        ...scopeExample,
        funnel,
        weeks: [{ week: '2026-11-23', funnel, ...termsExample }],
        ...termsExample,
        reasons: [{ code: 'few_transactions', count: 85 }],
        effects: [{ effect: 'better_terms', count: 60 }],
      },
    ),
    problems: [],
  },
  listChanges: {
    ...shared,
    path: '/v1/operators/insights/changes',
    summary: 'What stands out: changes of the last 7 complete days that chance does not explain, in words',
    response: response(200, ChangeReport, 'The changes, with their test', {
      from: '2026-11-16',
      to: '2026-11-22',
      weeks_before: 8,
      comparisons: 24,
      too_short: 0,
      false_discovery_rate: 0.05,
      changes: [
        {
          series: 'stress',
          jurisdiction: 'BR',
          sentence:
            'Stress in BR has risen: its daily median was 0.46, against 0.41 on the same weekdays before.',
          recent: 0.46,
          before: 0.41,
          p: 0.0001,
          q: 0.0024,
          superiority: 0.98,
        },
      ],
    }),
    problems: [],
  },
});
