import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { buildPolicy, type Policy } from '../policy/build-policy.ts';
import type { FeatureName, FeatureVector } from '../risk-model.ts';
import { score } from '../scorecard.ts';
import { applicationOf } from './application-of.ts';
import { completeApplication, type CustomerFacts, prepareApplication } from './apply.ts';
import { createBacktest } from './backtest.ts';
import { decide, wouldApprove } from './decide.ts';
import { eraseRecord, isErasedRecord } from './erase-record.ts';
import type { Ask } from './explain.ts';
import { type Change, changed } from './find-changes.ts';
import { openRecord } from './open-decision.ts';
import type { DecisionRecord } from './record.ts';
import { hashOfRecord } from './record-hash.ts';
import { replay } from './replay.ts';
import { SHIPPED } from './test-records.ts';
import { isRecord } from './verify-decision.ts';
import { decideWhatIf } from './what-if.ts';

const TODAY = '2026-11-23';
const daysAgo = (days: number) => new Date(Date.parse(TODAY) - days * 86_400_000).toISOString().slice(0, 10);

const centsUpTo = (max: number) =>
  fc.oneof(
    fc.constantFrom(0, 0.01, 1, max - 0.01, max),
    fc.integer({ min: 0, max: max * 100 }).map((cents) => cents / 100),
  );
const inCents = (amount: number) => Math.round(amount * 100) / 100;

/** Rules of every kind, by a code whose reason they are. */
const RULES = [
  { code: 'few', deny_when: 'features.transaction_count_30d < 5.0', feature: 'transaction_count_30d' },
  { code: 'much', deny_when: 'exposure > 500.0' },
  { code: 'mixed', deny_when: 'exposure > 3000.0 && score > 0.2' },
  { code: 'small', deny_when: 'features.avg_transaction_value_30d < 50.0 || jurisdiction == "BR"' },
  { code: 'high_stress_frequency', deny_when: 'features.stress_events_30d > 3.0' },
];
const policies = fc
  .record({
    threshold: fc.constantFrom(0.3, 0.4, 0.6, 0.95),
    exposureMax: fc.constantFrom(1000, 1000.01, 10_000, 1e9),
    customer_limit_max: fc.constantFrom(null, 1000, 2000.5, 9000),
    effect: fc.constantFrom('off' as const, 'help_only' as const, 'full' as const),
    rules: fc.subarray(RULES, { maxLength: 1 }),
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

/** Models that say why, that do not, and one of which the better values are not better. */
const MODELS: Record<string, (features: FeatureVector) => { risk_score: number }> = {
  card: (features) => score(features),
  silent: (features) => ({ risk_score: score(features).risk_score }),
  wavy: (at) => ({
    risk_score: Math.abs(Math.sin(at.transaction_count_30d / 7 + at.avg_transaction_value_30d / 90)),
  }),
};

function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, part]) => [name, turned(part)]),
  );
}

async function decideOn(
  policy: Policy,
  customer: typeof customers extends fc.Arbitrary<infer C> ? C : never,
  ask: Ask,
) {
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
  // As PostgreSQL gives it back: with its names in another order.
  return { record, stored: turned(JSON.parse(JSON.stringify(record))) as DecisionRecord };
}

const someDecision = fc
  .tuple(policies, customers, fc.constantFrom('card', 'silent', 'wavy'))
  .map(([policy, customer, name]) => {
    const model = MODELS[name] as (features: FeatureVector) => { risk_score: number };
    const ask: Ask = async (vectors) =>
      vectors.map((features) => ({ ...model(features), model_version: name }));
    return { policy, customer, name, ask };
  });

test('any decision is made again by its record, whatever decided it, and keeps its hash without its customer', async () => {
  await fc.assert(
    fc.asyncProperty(someDecision, async ({ policy, customer, ask }) => {
      const { record, stored } = await decideOn(policy, customer, ask);
      expect(isRecord(stored)).toBe(true);
      expect(hashOfRecord(stored)).toBe(hashOfRecord(record));
      expect(replay(stored, policy)).toEqual([]);
      const backtest = createBacktest(policy, () => policy);
      backtest.add({ record: stored, isKnown: false });
      expect(backtest.report()).toMatchObject({ differences: 0 });
      const same = await decideWhatIf(stored, { features: {}, policy }, { ask, askAgain: ask });
      expect(same).toEqual(openRecord(stored, policy));
      const erased = JSON.parse(JSON.stringify(eraseRecord(stored))) as unknown;
      expect([isErasedRecord(erased), hashOfRecord(erased)]).toEqual([true, hashOfRecord(record)]);
    }),
    { numRuns: 500 },
  );
});

test('any reason is true of the customer, and any value and way out that is told is enough', async () => {
  await fc.assert(
    fc.asyncProperty(someDecision, async ({ policy, customer, name, ask }) => {
      const { record } = await decideOn(policy, customer, ask);
      const application = applicationOf(record);
      const { features } = (record.basis === 'full' && record.full) || record.twin;
      const isEnough = async (changes: Change[]) => {
        const sum = changes.find(({ feature }) => feature === 'exposure')?.to ?? application.exposure;
        const ofFeatures = changes.filter(({ feature }) => feature !== 'exposure');
        const then = { ...application, exposure: sum };
        if (ofFeatures.length === 0) return decide(policy, then).approved;
        const vector = changed(features, ofFeatures);
        const [prediction] = await ask([vector]);
        return prediction !== undefined && wouldApprove(policy, then, { features: vector, prediction });
      };
      const stepLess = ({ feature, from, to }: Change): Change => {
        const { step } = policy.document.features[feature]!;
        return { feature, from, to: Number((to - Math.sign(to - from) * step).toFixed(6)) };
      };
      const codes = record.reasons.map(({ code }) => code);
      expect(new Set(codes).size).toBe(codes.length);
      expect(codes.length).toBeLessThanOrEqual(4);
      expect(record.approved || codes.length > 0).toBe(true);
      if (record.effect.applied !== 'full') {
        expect(codes.filter((code) => /positivity|stress/.test(code))).toEqual([]);
      }
      for (const { feature, value, sufficient_value } of record.reasons) {
        if (feature === null || feature === 'exposure_max') continue;
        const current = feature === 'exposure' ? application.exposure : features[feature as FeatureName];
        expect([feature, value]).toEqual([feature, current]);
        if (sufficient_value === null || record.approved) continue;
        const change = { feature, from: current, to: sufficient_value };
        expect([change, await isEnough([change])]).toEqual([change, true]);
        if (feature === 'exposure' || name === 'wavy') continue;
        expect([change, await isEnough([stepLess(change)])]).toEqual([change, false]);
      }
      if (record.recourse.length > 0) expect(await isEnough(record.recourse)).toBe(true);
      for (const { from, to } of record.recourse) {
        expect(to).toBeGreaterThanOrEqual(0);
        expect(to).not.toBe(from);
      }
    }),
    { numRuns: 500 },
  );
});
