import { describe, expect, test } from 'bun:test';
import type { FeatureVector } from '../risk-model.ts';
import { findChanges, type Search } from './find-changes.ts';

const START: FeatureVector = {
  transaction_count_30d: 0,
  avg_transaction_value_30d: 10,
  avg_positivity_7d: 0.5,
  stress_events_30d: 10,
};
const ruleOf = (change: object) => ({
  reason: 'r',
  better: 'increase' as const,
  actionable: true,
  min: 0,
  max: 1000,
  step: 1,
  ...change,
});
const RULES = {
  transaction_count_30d: ruleOf({}),
  avg_transaction_value_30d: ruleOf({ max: 100, step: 5 }),
  stress_events_30d: ruleOf({ better: 'decrease', max: 50, actionable: false }),
};

/** Searches where the score falls by a thousandth a transaction; each number of vectors in a call. */
async function find(flips: (features: FeatureVector) => boolean, change: Partial<Search> = {}) {
  const batchSizes: number[] = [];
  const changes = await findChanges({
    rules: RULES,
    features: ['transaction_count_30d', 'avg_transaction_value_30d', 'stress_events_30d'],
    start: START,
    score: 0.9,
    ask: async (vectors) => {
      batchSizes.push(vectors.length);
      return vectors.map((features) => ({
        risk_score: 0.9 - features.transaction_count_30d / 2000,
        model_version: 'm',
      }));
    },
    flips: ({ features }) => flips(features),
    ...change,
  });
  return { ...changes, batchSizes };
}

describe('the smallest change of a feature', () => {
  test.each([1, 2, 3, 24, 25, 26, 499, 500, 998, 999, 1000])(
    'that is enough from %d on is to it',
    async (least) => {
      const { single, pair, evidence } = await find((at) => at.transaction_count_30d >= least);
      expect(single).toEqual({
        transaction_count_30d: { feature: 'transaction_count_30d', from: 0, to: least },
      });
      expect(pair).toBeNull();
      expect(evidence.every(({ features }) => features.transaction_count_30d >= least)).toBe(true);
      expect(evidence.some(({ features }) => features.transaction_count_30d === least)).toBe(true);
    },
  );

  test('is none beyond the range', async () => {
    expect((await find((at) => at.transaction_count_30d > 1000)).single).toEqual({});
  });

  test('goes by whole steps toward the better end', async () => {
    const { single } = await find((at) => at.avg_transaction_value_30d >= 22 || at.stress_events_30d <= 4);
    expect(single).toEqual({
      avg_transaction_value_30d: { feature: 'avg_transaction_value_30d', from: 10, to: 25 },
      stress_events_30d: { feature: 'stress_events_30d', from: 10, to: 4 },
    });
  });

  test('is tried from one step on to the last whole one of its range, without a feature that has no rule', async () => {
    const rules = {
      avg_transaction_value_30d: ruleOf({ max: 22, step: 5 }),
      avg_positivity_7d: ruleOf({ max: 0.8, step: 0.1 }),
      stress_events_30d: ruleOf({ better: 'decrease', min: 8, actionable: false }),
    };
    const asked: FeatureVector[] = [];
    const features = ['transaction_count_30d', ...Object.keys(rules)] as Search['features'];
    await find((at) => asked.push(at) < 0, { rules, features });
    const valuesOf = (name: keyof FeatureVector) =>
      [...new Set(asked.map((at) => at[name]))].filter((value) => value !== START[name]);
    expect(features.map(valuesOf)).toEqual([[], [15, 20], [0.6, 0.7, 0.8], [9, 8]]);
  });

  test('is found among a million steps in five turns, where all features share each', async () => {
    const rules = { ...RULES, transaction_count_30d: ruleOf({ max: 1_000_000 }) };
    for (const least of [654_321, 999_999]) {
      const { single, batchSizes } = await find((at) => at.transaction_count_30d >= least, { rules });
      expect(single.transaction_count_30d?.to).toBe(least);
      expect(batchSizes.length).toBeLessThanOrEqual(6);
    }
  });

  test('is the only step of a range of one, and none of a range of less', async () => {
    const only = (max: number) =>
      find(() => true, {
        rules: { transaction_count_30d: ruleOf({ max }) },
        features: ['transaction_count_30d'],
      });
    expect((await only(1)).single.transaction_count_30d?.to).toBe(1);
    const none = await only(0.5);
    expect([none.single, none.batchSizes]).toEqual([{}, []]);
  });

  test('is told with how far the score falls at the best value of each feature', async () => {
    const { drops } = await find(() => false);
    expect(drops.transaction_count_30d).toBeCloseTo(0.5, 10);
    expect(drops.stress_events_30d).toBeCloseTo(0, 10);
  });
});

describe('two changes', () => {
  const isApproved = (at: FeatureVector) =>
    at.transaction_count_30d >= 300 && at.avg_transaction_value_30d >= 45;

  test('are those of actionable features that cost least, each as small as it can be beside the other', async () => {
    const { single, pair } = await find(isApproved);
    expect(single).toEqual({});
    expect(pair).toEqual([
      { feature: 'transaction_count_30d', from: 0, to: 300 },
      { feature: 'avg_transaction_value_30d', from: 10, to: 45 },
    ]);
  });

  test('are of the two features that cost least, whatever the order of their names', async () => {
    const rules = { ...RULES, stress_events_30d: ruleOf({ better: 'decrease', max: 50 }) };
    const isEnough = (at: FeatureVector) =>
      at.transaction_count_30d >= (at.stress_events_30d <= 7 ? 300 : 900) &&
      (at.stress_events_30d <= 7 || at.avg_transaction_value_30d >= 95);
    const { pair } = await find(isEnough, { rules });
    expect(pair).toEqual([
      { feature: 'transaction_count_30d', from: 0, to: 300 },
      { feature: 'stress_events_30d', from: 10, to: 7 },
    ]);
  });

  test.each([1.05, 1.1, 1.149, 1.3, 1.35, 1.4, 1.5, 1.6, 1.8])(
    'are enough where one makes up for the other, and a step less of either is not: %p',
    async (least) => {
      const rules = { ...RULES, avg_transaction_value_30d: ruleOf({ max: 100 }) };
      const isEnough = (count: number, value: number) => count / 1000 + (value - 10) / 90 >= least;
      const { pair } = await find((at) => isEnough(at.transaction_count_30d, at.avg_transaction_value_30d), {
        rules,
      });
      const [count = 0, value = 0] = (pair ?? []).map(({ to }) => to);
      expect([isEnough(count, value), isEnough(count - 1, value), isEnough(count, value - 1)]).toEqual([
        true,
        false,
        false,
      ]);
    },
  );

  test('are searched beside a change that the customer cannot make', async () => {
    const { single, pair } = await find((at) => isApproved(at) || at.stress_events_30d <= 9);
    expect(single.stress_events_30d?.to).toBe(9);
    expect(pair).toHaveLength(2);
  });

  test('are none where nothing is enough, nor of features that are not actionable', async () => {
    expect((await find(() => false)).pair).toBeNull();
    const { pair } = await find((at) => at.transaction_count_30d >= 300 && at.stress_events_30d <= 9);
    expect(pair).toBeNull();
  });
});

test('a model that gives fewer predictions than it was asked for is an error', async () => {
  await expect(find(() => true, { ask: async () => [] })).rejects.toThrow('fewer predictions');
});
