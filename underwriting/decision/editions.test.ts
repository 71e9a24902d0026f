import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { compilePolicy } from '../policy/compile-policy.ts';
import { MODEL_VERSION, score } from '../scorecard.ts';
import { completeApplication, type CustomerFacts, prepareApplication } from './apply.ts';
import { createBacktest } from './backtest.ts';
import { isOfNewerEdition } from './editions.ts';
import { eraseRecord, isErasedRecord } from './erase-record.ts';
import type { Ask } from './explain.ts';
import type { DecisionRecord } from './record.ts';
import { hashOfRecord } from './record-hash.ts';
import { replay } from './replay.ts';
import { decideOn, SHIPPED, withoutEdition } from './test-records.ts';
import { columnsOf, verifyDecision } from './verify-decision.ts';

const today = '2026-11-23';
const CAPPED = compilePolicy({
  ...SHIPPED.document,
  version: 'capped',
  sources: { ...SHIPPED.document.sources, customer_limit_max: 2000 },
});
const ask: Ask = async (vectors) =>
  vectors.map((features) => ({ ...score(features), model_version: MODEL_VERSION }));

/** Thirty purchases of 100.00 that the platform reported, and emotions. */
const factsOf = (change: Partial<CustomerFacts>): CustomerFacts => {
  const sums = { transactionCount: 30, amountSum: 3000 };
  const transactions = [{ date: today, ...sums, platform: sums }];
  return { jurisdiction: 'US', today, transactions, emotions: [], exposure: 0, ...change };
};
const feelings = (positivity: number, stressEventCount: number, reported: boolean) => {
  const sums = { eventCount: 4, positivitySum: 4 * positivity, stressEventCount };
  const none = { eventCount: 0, positivitySum: 0, stressEventCount: 0 };
  return { date: today, ...sums, platform: reported ? none : sums };
};
const decideBy = (policy: typeof SHIPPED, facts: CustomerFacts) =>
  completeApplication(
    prepareApplication(policy, facts),
    { ask, askAgain: ask },
    { analysisId: 'a', userId: 'u', traceId: null, decidedAt: new Date(0), salt: 's' },
  );

describe('an emotion that the customer reported', () => {
  test('bounds no decision of the customer without emotions', async () => {
    const sad = await decideBy(CAPPED, factsOf({ emotions: [feelings(0.1, 4, true)] }));
    const silent = await decideBy(CAPPED, factsOf({}));
    expect(sad.basis).toBe('twin');
    expect([sad.terms, sad.adjustments, sad.reasons]).toEqual([silent.terms, [], []]);
    expect(sad.is_self_reported).toBe(false);
    expect(replay(sad, CAPPED)).toEqual([]);
  });

  test('bounds the decision that it counts in', async () => {
    // Denied without emotions, so that they alone approve.
    const sums = { transactionCount: 10, amountSum: 200 };
    const transactions = [{ date: today, ...sums, platform: sums }];
    const helped = await decideBy(CAPPED, factsOf({ transactions, emotions: [feelings(1, 0, true)] }));
    expect(helped).toMatchObject({ basis: 'full', approved: true, is_self_reported: true });
    expect([helped.terms?.credit_limit, helped.adjustments]).toEqual([2000, ['limit_reduced_by_source']]);
    expect(replay(helped, CAPPED)).toEqual([]);
    expect(replay({ ...helped, is_self_reported: false }, CAPPED)).toMatchObject([
      { path: '/is_self_reported', stored: false, computed: true },
    ]);
  });

  test('bounds no decision whose features are the same without it', async () => {
    const calm = { ...feelings(0.9, 0, true), date: '2026-11-13' };
    const emotions = [feelings(1, 0, false)];
    const helped = await decideBy(CAPPED, factsOf({ emotions }));
    const withCalm = await decideBy(CAPPED, factsOf({ emotions: [...emotions, calm] }));
    expect(helped).toMatchObject({ basis: 'full', adjustments: [], is_self_reported: false });
    expect(withCalm).toEqual(helped);
    const stressed = { ...feelings(0.9, 1, true), date: '2026-11-13' };
    const { counts } = await decideBy(CAPPED, factsOf({ emotions: [...emotions, stressed] }));
    expect(counts.emotions).toEqual({ platform: 4, customer: 0, set_aside: 1 });
  });

  test('never leaves a customer worse off where emotions may only help, whoever reported it', async () => {
    const shares = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 50 }),
        fc.integer({ min: 0, max: 250 }),
        shares,
        fc.nat({ max: 4 }),
        fc.boolean(),
        async (transactionCount, amount, positivity, stressEvents, reported) => {
          const sums = { transactionCount, amountSum: transactionCount * amount };
          const transactions = [{ date: today, ...sums, platform: sums }];
          const emotions = [feelings(positivity, stressEvents, reported)];
          const felt = await decideBy(CAPPED, factsOf({ transactions, emotions }));
          const silent = await decideBy(CAPPED, factsOf({ transactions }));
          expect(felt.terms?.credit_limit ?? 0).toBeGreaterThanOrEqual(silent.terms?.credit_limit ?? 0);
          expect(replay(felt, CAPPED)).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('bounds an earlier record as it did then, in a replay and in a test of its policy', async () => {
    const sad = await decideBy(CAPPED, factsOf({ emotions: [feelings(0.1, 4, true)] }));
    const before: DecisionRecord = {
      ...withoutEdition(sad),
      is_self_reported: true,
      adjustments: ['limit_reduced_by_source'],
      terms: { ...sad.terms!, credit_limit: 2000 },
      reasons: [
        { code: 'limit_reduced_by_source', feature: null, value: null, sufficient_value: null, weight: null },
      ],
    };
    expect(replay(before, CAPPED)).toEqual([]);
    const backtest = createBacktest(CAPPED, () => CAPPED);
    backtest.add({ record: before, isKnown: false });
    backtest.add({ record: sad, isKnown: false });
    expect(backtest.report()).toMatchObject({ replayed: 2, differences: 0 });
  });
});

describe('a denial that counts emotions', () => {
  const strict = compilePolicy({
    ...SHIPPED.document,
    version: 'strict-full',
    emotion_effect: { default: 'full', by_jurisdiction: {} },
    rules: [{ code: 'high_risk_score', deny_when: 'score > 0.4' }],
  });
  const middle = { transactionCount: 20, amountSum: 2000 };
  const transactions = [{ date: today, ...middle, platform: middle }];

  test('has no emotion as a reason of a customer who has none', async () => {
    const { reasons, recourse } = await decideBy(strict, factsOf({ transactions }));
    expect(reasons.map(({ code }) => code)).toEqual(['few_transactions', 'low_transaction_value']);
    expect(recourse).toHaveLength(1);
  });

  test('has those that the customer has', async () => {
    const { reasons } = await decideBy(
      strict,
      factsOf({ transactions, emotions: [feelings(0.2, 1, false)] }),
    );
    expect(reasons.map(({ code }) => code)).toContain('low_positivity');
  });

  test('is replayed as it was told before it named its edition', async () => {
    const record = await decideBy(strict, factsOf({ transactions }));
    const weights = { ...record.weights, avg_positivity_7d: 0.25 };
    const values = { value: 0.5, sufficient_value: null, weight: 0.25, feature: 'avg_positivity_7d' };
    const reasons = [{ code: 'low_positivity', ...values }, ...record.reasons];
    const then = { ...record, weights, reasons };
    expect(replay(withoutEdition(then), strict)).toEqual([]);
    expect(replay(then, strict).map(({ path }) => path)).toEqual(['/reasons']);
  });
});

describe('a denial by a rule about the sum of limits', () => {
  const limited = compilePolicy({
    ...SHIPPED.document,
    version: 'limited',
    rules: [...SHIPPED.document.rules, { code: 'much_credit', deny_when: 'exposure > 5000.0' }],
    reasons: { ...SHIPPED.document.reasons, much_credit: { en: 'Much credit.', 'pt-BR': 'Muito crédito.' } },
  });

  test('is decided again with the sum that is enough, and earlier ones without it', async () => {
    const record = await decideBy(limited, factsOf({ exposure: 7000 }));
    const [reason] = record.reasons;
    expect(reason).toMatchObject({ code: 'much_credit', value: 7000, sufficient_value: 5000 });
    expect(replay(record, limited)).toEqual([]);
    const pathsOf = (change: Partial<DecisionRecord>) =>
      replay({ ...record, ...change }, limited).map(({ path }) => path);
    expect(pathsOf({ reasons: [{ ...reason!, sufficient_value: 5001 }] })).toEqual(['/reasons']);
    expect(pathsOf({ recourse: [{ feature: 'exposure', from: 7000, to: 5000.01 }] })).toEqual(['/recourse']);
    const plain = { code: 'much_credit', feature: null, value: null, sufficient_value: null, weight: null };
    const earlier = { ...withoutEdition(record), reasons: [plain], recourse: [] };
    expect(replay(earlier, limited)).toEqual([]);
  });
});

describe('a record of a newer release', () => {
  const storedOf = (record: DecisionRecord) => ({
    analysisId: record.analysis_id,
    record,
    recordHash: hashOfRecord(record),
    columns: columnsOf(record),
  });
  const newerOf = async (number: number): Promise<DecisionRecord> => {
    const record = await decideOn(number);
    const versions = { ...record.versions, edition: 1000 };
    const reasons = [
      { code: 'a_reason_of_tomorrow', feature: null, value: null, sufficient_value: null, weight: null },
    ];
    return { ...record, versions, reasons };
  };

  test('is named as one, and not taken for one that somebody changed', async () => {
    const record = await newerOf(4);
    expect(isOfNewerEdition(record)).toBe(true);
    expect(isOfNewerEdition(await decideOn(4))).toBe(false);
    expect(verifyDecision(storedOf(record), () => SHIPPED)).toEqual([]);
  });

  test('still has to have its hash, its row and its policy', async () => {
    const stored = storedOf(await newerOf(4));
    const pathsOf = (change: object, policy: typeof SHIPPED | null = SHIPPED) =>
      verifyDecision({ ...stored, ...change }, () => policy).map(({ path }) => path);
    expect(pathsOf({ recordHash: 'f' })).toEqual(['/record_hash']);
    expect(pathsOf({ columns: { '/approved': 'changed' } })).toEqual(['/columns/approved']);
    expect(pathsOf({}, null)).toEqual(['/record/versions/policy_hash']);
  });

  test('is erased as any other is', async () => {
    const record = await newerOf(4);
    const erased = eraseRecord(record);
    expect(isErasedRecord(erased)).toBe(true);
    expect(hashOfRecord(erased)).toBe(hashOfRecord(record));
  });
});
