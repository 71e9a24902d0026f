import fc from 'fast-check';
import { buildPolicy, type Policy } from '../../underwriting/policy/build-policy.ts';
import type { FeatureVector } from '../../underwriting/risk-model.ts';
import { score } from '../../underwriting/scorecard.ts';
import { FEATURE_NAMES } from '../../underwriting/twin.ts';
import {
  completeApplication,
  type CustomerFacts,
  prepareApplication,
} from '../../underwriting/decision/apply.ts';
import type { Ask } from '../../underwriting/decision/explain.ts';
import type { DecisionRecord } from '../../underwriting/decision/record.ts';
import { SHIPPED } from '../../underwriting/decision/test-records.ts';

/** Decisions of any policy, customer and model, for properties. */

/** Returns the record of a decision, and the record as PostgreSQL gives it back. */
export async function decideOn(policy: Policy, customer: Customer, ask: Ask) {
  const { consent, emotions, ...facts } = customer;
  const mayScoreEmotions = consent !== false;
  const isRead = mayScoreEmotions && policy.effectIn(facts.jurisdiction).effect !== 'off';
  const consents: CustomerFacts['consents'] = consent === undefined ? {} : { emotion_scoring: consent };
  const prepared = prepareApplication(policy, {
    ...facts,
    today: TODAY,
    emotions: isRead ? emotions : null,
    mayScoreEmotions,
    consents,
  });
  const circumstances = { analysisId: 'a', userId: 'u', traceId: null, decidedAt: new Date(0), salt: 's' };
  const record = await completeApplication(prepared, { ask, askAgain: ask }, circumstances);
  return { record, stored: turned(JSON.parse(JSON.stringify(record))) as DecisionRecord };
}

/** Puts the names of objects in another order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, part]) => [name, turned(part)]),
  );
}

const TODAY = '2026-11-23';
const daysAgo = (days: number) => new Date(Date.parse(TODAY) - days * 86_400_000).toISOString().slice(0, 10);

const centsUpTo = (max: number) =>
  fc.oneof(
    fc.constantFrom(0, 0.01, 1, max - 0.01, max),
    fc.integer({ min: 0, max: max * 100 }).map((cents) => cents / 100),
  );
const inCents = (amount: number) => Math.round(amount * 100) / 100;

/** Rules of every kind; two of them have the same code. */
const RULES = [
  { code: 'few', deny_when: 'features.transaction_count_30d < 5.0', feature: 'transaction_count_30d' },
  { code: 'few', deny_when: 'score > 0.35' },
  { code: 'much', deny_when: 'exposure > 500.0' },
  { code: 'mixed', deny_when: 'exposure > 3000.0 && score > 0.2' },
  { code: 'small', deny_when: 'features.avg_transaction_value_30d < 50.0 || jurisdiction == "BR"' },
  { code: 'high_stress_frequency', deny_when: 'features.stress_events_30d > 3.0' },
  { code: 'upset', deny_when: 'features.stress_events_30d > 1.0 && features.avg_positivity_7d < 0.4' },
  { code: 'unproven', deny_when: 'exposure < 9500.0 && features.transaction_count_30d < 9.0' },
];
const policies = fc
  .record({
    threshold: fc.constantFrom(0.3, 0.4, 0.6, 0.95),
    exposureMax: fc.constantFrom(1000, 1000.01, 10_000, 1e9),
    customer_limit_max: fc.constantFrom(null, 1000, 2000.5, 9000),
    effect: fc.constantFrom('off' as const, 'help_only' as const, 'full' as const),
    rules: fc.subarray(RULES, { maxLength: 3 }),
    transactions: fc.subarray(['platform' as const, 'customer' as const], { minLength: 1 }),
    emotions: fc.subarray(['platform' as const, 'customer' as const]),
  })
  .map(({ threshold, exposureMax, effect, rules, ...sources }) => {
    const high = { code: 'high_risk_score', deny_when: `score > ${threshold}` };
    const emotion_effect = { default: effect, by_jurisdiction: {} };
    const change = { exposure_max: exposureMax, emotion_effect, sources, rules: [high, ...rules] };
    return buildPolicy({ ...SHIPPED.document, ...change }).policy;
  });

const count = fc.nat({ max: 20 });
const transactionDays = fc.array(
  fc
    .tuple(fc.nat({ max: 31 }), count, centsUpTo(400), count, centsUpTo(400))
    .map(([age, byUs, a, byThem, b]) => ({
      date: daysAgo(age),
      transactionCount: byUs + byThem,
      amountSum: inCents(byUs * a + byThem * b),
      platform: { transactionCount: byUs, amountSum: inCents(byUs * a) },
    })),
  { maxLength: 4 },
);
const emotionDays = fc.array(
  fc
    .tuple(fc.nat({ max: 31 }), count, count, fc.nat({ max: 100 }), count)
    .map(([age, byUs, byThem, share, stress]) => ({
      date: daysAgo(age),
      eventCount: byUs + byThem,
      positivitySum: ((byUs + byThem) * share) / 100,
      stressEventCount: Math.min(stress, byUs + byThem),
      platform: {
        eventCount: byUs,
        positivitySum: (byUs * share) / 100,
        stressEventCount: Math.min(stress, byUs),
      },
    })),
  { maxLength: 4 },
);
const customers = fc.record({
  jurisdiction: fc.constantFrom('BR', 'US', 'DE', 'unknown'),
  transactions: transactionDays,
  emotions: emotionDays,
  exposure: centsUpTo(10_000),
  consent: fc.constantFrom(undefined, true, false),
});

export type Customer = typeof customers extends fc.Arbitrary<infer Facts> ? Facts : never;

/** With contributions, without, with better values that are not better, and blaming every feature alike. */
const MODELS: Record<string, (features: FeatureVector) => { risk_score: number }> = {
  card: (features) => score(features),
  blunt: (features) => ({
    risk_score: score(features).risk_score,
    contributions: Object.fromEntries(FEATURE_NAMES.map((name, index) => [name, 0.1 + index / 100])),
  }),
  silent: (features) => ({ risk_score: score(features).risk_score }),
  wavy: (at) => ({
    risk_score: Math.abs(Math.sin(at.transaction_count_30d / 7 + at.avg_transaction_value_30d / 90)),
  }),
};

export const someDecision = fc
  .tuple(policies, customers, fc.constantFrom('card', 'silent', 'wavy', 'blunt'))
  .map(([policy, customer, name]) => {
    const model = MODELS[name] as (features: FeatureVector) => { risk_score: number };
    const ask: Ask = async (vectors) =>
      vectors.map((features) => ({ ...model(features), model_version: name }));
    return { policy, customer, name, ask };
  });
