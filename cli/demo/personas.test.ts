import { describe, expect, test } from 'bun:test';
import { DAY_MS } from '../../sdk/contracts/time.ts';
import { STRESS_LEVEL_MIN } from '../../underwriting/daily-facts.ts';
import { decide } from '../../underwriting/decision/decide.ts';
import v1 from '../../underwriting/policies/v1.json';
import { compilePolicy } from '../../underwriting/policy/compile-policy.ts';
import type { EmotionEffect } from '../../underwriting/policy/policy-document.ts';
import type { FeatureVector } from '../../underwriting/risk-model.ts';
import { MODEL_VERSION, score } from '../../underwriting/scorecard.ts';
import { twinOf } from '../../underwriting/twin.ts';
import { loadPersonas, type Persona, type PersonaName } from './personas.ts';
import { transactionsToReach } from './recourse.ts';

const NOW = new Date('2026-11-23T23:59:59Z');
const policy = compilePolicy(v1);

test('the lives of the demo are valid at every hour: within 29 days, never on the edge of the 7-day window', () => {
  for (const { emotions, transactions } of loadPersonas(NOW)) {
    const emotionAges = emotions.map(({ timestamp }) => ageOf(timestamp));
    const transactionAges = transactions.map(({ occurredAt }) => ageOf(occurredAt));
    expect([...emotionAges, ...transactionAges].filter((age) => !(age > 0 && age < 29))).toEqual([]);
    expect(emotionAges.filter((age) => age > 6 && age < 7)).toEqual([]);
  }
});

describe('by the policy that ships', () => {
  test('ada and bruno spend the same to the cent, she in stress throughout and he never', () => {
    const [ada, bruno] = [personaOf('ada'), personaOf('bruno')];
    expect(bruno.transactions).toEqual(ada.transactions);
    const isStressful = ({ emotions }: Persona) =>
      emotions.map(({ emotionEvent }) => emotionEvent.metrics.stress_level >= STRESS_LEVEL_MIN);
    expect(new Set(isStressful(ada))).toEqual(new Set([true]));
    expect(new Set(isStressful(bruno))).toEqual(new Set([false]));
  });

  test("ada is approved as her twin is, and would be denied if emotions counted; bruno's raise his limit", () => {
    const ada = decisionOf('ada', 'help_only');
    expect(ada).toMatchObject({ approved: true, basis: 'twin' });
    expect(decisionOf('ada', 'full').approved).toBe(false);
    const bruno = decisionOf('bruno', 'help_only');
    expect(bruno.basis).toBe('full');
    expect(bruno.terms?.credit_limit).toBeGreaterThan((ada.terms?.credit_limit ?? Infinity) + 1000);
  });

  test('carla is denied; dan fills the cap with two limits, the second reduced', () => {
    expect(decisionOf('carla', 'help_only').approved).toBe(false);
    const first = decisionOf('dan', 'help_only').terms?.credit_limit ?? 0;
    const second = decisionOf('dan', 'help_only', first);
    expect(second.adjustments).toEqual(['limit_reduced_by_exposure']);
    expect(first + (second.terms?.credit_limit ?? 0)).toBe(policy.document.exposure_max);
    expect(decisionOf('dan', 'help_only', policy.document.exposure_max).adjustments).toEqual([
      'exposure_limit_reached',
    ]);
  });
});

test.each([
  [[{ feature: 'transaction_count_30d', to: 18 }], { transaction_count_30d: 18 }],
  [[{ feature: 'avg_transaction_value_30d', to: 170 }], { avg_transaction_value_30d: 170 }],
  [
    [
      { feature: 'transaction_count_30d', to: 10 },
      { feature: 'avg_transaction_value_30d', to: 61.5 },
    ],
    { transaction_count_30d: 10, avg_transaction_value_30d: 61.5 },
  ],
])('the transactions of a recourse %j reach its features', (recourse, target) => {
  const before = featuresOf(personaOf('carla'));
  const added = transactionsToReach(before, recourse).map(({ amount }) => amount);
  const count = before.transaction_count_30d + added.length;
  const sum = before.transaction_count_30d * before.avg_transaction_value_30d + added.reduce((a, b) => a + b);
  const reached = { ...before, ...target };
  expect(count).toBe(Math.max(before.transaction_count_30d + 1, reached.transaction_count_30d));
  expect(sum / count).toBeGreaterThanOrEqual(reached.avg_transaction_value_30d - 1e-9);
  expect(sum / count).toBeLessThan(reached.avg_transaction_value_30d + 0.01);
});

function personaOf(name: PersonaName): Persona {
  const persona = loadPersonas(NOW).find((candidate) => candidate.name === name);
  if (!persona) throw new Error(`no persona ${name}`);
  return persona;
}

function featuresOf({ emotions, transactions }: Persona): FeatureVector {
  const average = (values: number[]) =>
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  const lastWeek = emotions.filter(({ timestamp }) => ageOf(timestamp) < 6.5);
  return {
    transaction_count_30d: transactions.length,
    avg_transaction_value_30d: average(transactions.map(({ amount }) => amount)) ?? 0,
    avg_positivity_7d: average(lastWeek.map(({ emotionEvent }) => emotionEvent.metrics.positivity)) ?? 0.5,
    stress_events_30d: emotions.filter(
      ({ emotionEvent }) => emotionEvent.metrics.stress_level >= STRESS_LEVEL_MIN,
    ).length,
  };
}

function decisionOf(name: PersonaName, effect: EmotionEffect, exposure = 0) {
  const features = featuresOf(personaOf(name));
  const assess = (vector: FeatureVector) => ({
    features: vector,
    prediction: { ...score(vector), model_version: MODEL_VERSION },
  });
  return decide(policy, {
    jurisdiction: 'BR',
    effect,
    twin: assess(twinOf(features)),
    full: assess(features),
    exposure,
    isSelfReported: true,
  });
}

function ageOf(time: unknown): number {
  return (NOW.getTime() - Date.parse(String(time))) / DAY_MS;
}
