import { describe, expect, test } from 'bun:test';
import type { FeatureVector } from '../risk-model.ts';
import { completeApplication, type CustomerFacts, prepareApplication, withTexts } from './apply.ts';
import { SHIPPED } from './test-records.ts';

const today = '2026-11-23';
const spending = (platformCount: number) => ({
  date: today,
  transactionCount: 10,
  amountSum: 500,
  platform: { transactionCount: platformCount, amountSum: platformCount * 50 },
});
const feelings = (positivitySum: number, platformCount: number) => ({
  date: today,
  eventCount: 4,
  positivitySum,
  stressEventCount: 0,
  platform: { eventCount: platformCount, positivitySum, stressEventCount: 0 },
});
const FACTS: CustomerFacts = {
  jurisdiction: 'US',
  today,
  transactions: [spending(10)],
  emotions: [feelings(4, 4)],
  exposure: 0,
};
const prepare = (change: Partial<CustomerFacts> = {}) => prepareApplication(SHIPPED, { ...FACTS, ...change });

describe('an application', () => {
  test('is another one for everything beside its features that a decision depends on', () => {
    const bases = [
      {},
      { jurisdiction: 'BR' },
      { exposure: 1 },
      { mayScoreEmotions: false },
      { transactions: [spending(9)] },
      { emotions: [feelings(2, 3)] },
      { transactions: [spending(9)], emotions: [feelings(2, 3)] },
      { consents: { offers: true } },
      { consents: { offers: false } },
    ].map((change) => prepare(change).basis);
    expect(new Set(bases).size).toBe(bases.length);
    // As it was before there were consents.
    const withoutConsents = `${SHIPPED.hash} US help_only 0 false`;
    expect(prepare({ consents: { offers: undefined } }).basis).toBe(withoutConsents);
    expect(bases[0]).toBe(withoutConsents);
  });

  test.each(['2026-11-24', '2026-10-24'])('counts no event of %s, outside its window', (date) => {
    const beyond = {
      transactions: [spending(10), { ...spending(0), date }],
      emotions: [feelings(4, 4), { ...feelings(0, 0), date, stressEventCount: 3 }],
    };
    const { features, counts, isSelfReported, basis } = prepare();
    expect(prepare(beyond)).toMatchObject({ features, counts, isSelfReported, basis });
  });

  test('without the consent has its emotions off, else the effect of its policy', () => {
    expect(prepare()).toMatchObject({ effect: 'help_only', effectBecause: 'policy_default' });
    expect(prepare({ mayScoreEmotions: false })).toMatchObject({ effect: 'off', effectBecause: 'consent' });
  });

  test.each([
    [{}, false],
    [{ transactions: [spending(9)] }, true],
    [{ emotions: [feelings(2, 3)] }, true],
    [{ emotions: null }, false],
  ])('with %j has facts that the customer reported: %p', (change, expected) => {
    const { isSelfReported, hasReportedEmotions } = prepare(change);
    expect(isSelfReported || hasReportedEmotions).toBe(expected);
    expect(hasReportedEmotions).toBe(expected && 'emotions' in change);
  });
});

describe('the model', () => {
  const complete = async (facts: Partial<CustomerFacts>, scores: number[]) => {
    const calls: FeatureVector[][] = [];
    const ask = async (vectors: FeatureVector[]) => {
      calls.push(vectors);
      return vectors.flatMap((_, index) => {
        const risk_score = scores[index];
        return risk_score === undefined ? [] : [{ risk_score, model_version: 'm' }];
      });
    };
    const record = await completeApplication(
      prepare(facts),
      { ask, askAgain: async () => [] },
      { analysisId: 'a', userId: 'u', traceId: null, decidedAt: new Date(0), salt: 's' },
    );
    return { record, calls };
  };

  test('is asked once about the twin and the customer', async () => {
    const { record, calls } = await complete({}, [0.3, 0.2]);
    expect(calls.map((vectors) => vectors.length)).toEqual([2]);
    expect(record.twin.prediction.risk_score).toBe(0.3);
    expect(record.full?.prediction.risk_score).toBe(0.2);
  });

  test('is asked about one vector where the customer is the twin, or emotions are off', async () => {
    const same = await complete({ emotions: [] }, [0.3]);
    expect(same.calls.map((vectors) => vectors.length)).toEqual([1]);
    expect(same.record.full?.prediction.risk_score).toBe(0.3);
    const off = await complete({ mayScoreEmotions: false }, [0.3]);
    expect(off.calls.map((vectors) => vectors.length)).toEqual([1]);
    expect(off.record).toMatchObject({ full: null, effect: { applied: 'off', because: 'consent' } });
  });

  test('that gives fewer predictions than it was asked for gives no decision', async () => {
    for (const scores of [[], [0.3]])
      await expect(complete({}, scores)).rejects.toThrow('the model gave no prediction');
  });
});

test('a reason has the text of its policy in the language, or its code where there is none', () => {
  const reason = { feature: null, value: null, sufficient_value: null, weight: null };
  const reasons = ['few_transactions', 'of_no_policy'].map((code) => ({ code, ...reason }));
  expect(withTexts(SHIPPED, reasons, 'pt-BR').map(({ message }) => message)).toEqual([
    SHIPPED.document.reasons['few_transactions']?.['pt-BR'] as string,
    'of_no_policy',
  ]);
});
