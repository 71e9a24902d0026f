import { expect, test } from 'bun:test';
import { brokenGuardrails, type Measured } from './guardrails.ts';

const NO_DRIFT = {
  transaction_count_30d: 0,
  avg_transaction_value_30d: 0,
  avg_positivity_7d: 0,
  stress_events_30d: 0,
};
const cohortOf = (pairs: number, champion_approved: number, challenger_approved: number) => ({
  cohorts: [{ jurisdiction: 'DE', customers: 1, pairs, champion_approved, challenger_approved }],
});
const psiOf = (score: number | null) => ({ psi: { score, features: NO_DRIFT } });

/** All figures at their bounds, but for the change. */
const messagesOf = (change: Partial<Measured>) =>
  brokenGuardrails({
    pairs: 200,
    agreement: 0.9,
    ...psiOf(0.25),
    ...cohortOf(50, 0.5, 0.4),
    latency_ms: { p50: 1000, p95: 400 },
    ...change,
  }).map(({ name, message }) => `${name}: ${message}`);

test.each<[string, Partial<Measured>]>([
  ['everything at its bound', {}],
  [
    'nothing to measure',
    { agreement: null, ...psiOf(null), cohorts: [], latency_ms: { p50: null, p95: null } },
  ],
  ['an unfair cohort of 49 pairs', cohortOf(49, 0.5, 0.1)],
])('%s is kept', (_, change) => {
  expect(messagesOf(change)).toEqual([]);
});

test.each<[Partial<Measured>, string]>([
  [{ pairs: 199 }, 'pairs: 199 pairs, at least 200 are needed'],
  [{ agreement: 0.8999 }, 'agreement: 89.99 % of decisions agree, at least 90.0 % must'],
  [psiOf(0.2501), 'psi_score: PSI of the score is 0.2501, at most 0.25 is allowed'],
  [{ latency_ms: { p50: 1, p95: 400.04 } }, 'latency: 95 % respond in 400.04 ms, at most 400 are allowed'],
  [{ latency_ms: { p50: 1, p95: 400.6 } }, 'latency: 95 % respond in 401 ms, at most 400 are allowed'],
  [cohortOf(50, 0.5, 0.399), 'cohort: DE: 39.9 % approved instead of 50.0 %, less than four fifths'],
])('%j is just beyond it', (change, message) => {
  expect(messagesOf(change)).toEqual([message]);
});
