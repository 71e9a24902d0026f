import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Customer, decideOn, someDecision } from '../../tests/harness/any-decision.ts';
import { casesOf } from '../../tests/harness/tier.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { MODEL_VERSION, score } from '../scorecard.ts';
import { completeApplication, type CustomerFacts, isDecidedOn, prepareApplication } from './apply.ts';
import { createBacktest, gapOf } from './backtest.ts';
import { describeDecision } from './describe-decision.ts';
import type { Ask } from './explain.ts';
import { featuresOf } from './record.ts';
import { replay } from './replay.ts';
import { SHIPPED } from './test-records.ts';

/** A policy that lets a customer's own reports count up to a limit. */
const RUNS = casesOf('DECISIONS', { quick: 300, slow: 3000 });
const CAPPED = compilePolicy({
  ...SHIPPED.document,
  version: 'capped',
  sources: { ...SHIPPED.document.sources, customer_limit_max: 2000 },
});
const today = '2026-11-23';

const purchases = (ofPlatform: number, ofCustomer: number) => ({
  date: today,
  transactionCount: ofPlatform + ofCustomer,
  amountSum: 100 * (ofPlatform + ofCustomer),
  platform: { transactionCount: ofPlatform, amountSum: 100 * ofPlatform },
});

async function decideBy(policy: typeof SHIPPED, change: Partial<CustomerFacts>) {
  const facts = { jurisdiction: 'US', today, transactions: [], emotions: [], exposure: 0, ...change };
  const calls: number[] = [];
  const ask: Ask = async (vectors) => {
    calls.push(vectors.length);
    return vectors.map((features) => ({ ...score(features), model_version: MODEL_VERSION }));
  };
  const prepared = prepareApplication(policy, facts);
  const circumstances = { analysisId: 'a', userId: 'u', traceId: null, decidedAt: new Date(0), salt: 's' };
  return {
    prepared,
    calls,
    record: await completeApplication(prepared, { ask, askAgain: ask }, circumstances),
  };
}

describe('a purchase that the customer reports beside enough of the platform', () => {
  const decided = () => decideBy(CAPPED, { transactions: [purchases(30, 1)] });

  test('cuts no limit: it is set aside, and the record says so', async () => {
    const silent = await decideBy(CAPPED, { transactions: [purchases(30, 0)] });
    expect(silent.record.terms?.credit_limit).toBe(6000);
    const { record } = await decided();
    expect([record.terms, record.reasons]).toEqual([silent.record.terms, []]);
    expect(record).toMatchObject({ is_self_reported: false, twin: silent.record.twin });
    expect(record.counts.transactions).toEqual({ platform: 30, customer: 0, set_aside: 1 });
    expect(replay(record, CAPPED)).toEqual([]);
    expect(describeDecision(record, CAPPED).join('\n')).toContain(
      "30 that the platform reported, 0 that the customer reported; 1 of the customer was set aside: the platform's alone allow more.",
    );
  });

  test('makes another application of the same platform facts, whichever vector it is decided on', async () => {
    const { prepared, record } = await decided();
    expect(isDecidedOn(prepared, featuresOf(record))).toBe(true);
    expect(isDecidedOn(prepared, prepared.features)).toBe(true);
    const more = await decideBy(CAPPED, { transactions: [purchases(30, 2)] });
    expect(featuresOf(more.record)).toEqual(featuresOf(record));
    expect(more.prepared.basis).not.toBe(prepared.basis);
    expect(isDecidedOn(prepared, more.prepared.features)).toBe(false);
  });

  test('is no part of a test of another policy that would count it, and of one that would not', async () => {
    const { record } = await decided();
    const gap = (candidate: typeof SHIPPED) =>
      gapOf(candidate, record, (hash) => (hash === CAPPED.hash ? CAPPED : null));
    const platformAlone = compilePolicy({
      ...SHIPPED.document,
      sources: { ...SHIPPED.document.sources, transactions: ['platform'], emotions: ['platform'] },
    });
    expect([CAPPED, SHIPPED, platformAlone].map(gap)).toEqual([null, 'other_sources', null]);
    const backtest = createBacktest(CAPPED, () => CAPPED);
    backtest.add({ record, isKnown: false });
    expect(backtest.report()).toMatchObject({ replayed: 1, differences: 0 });
  });
});

describe('purchases that the customer reports', () => {
  test('make another application than as many of the platform, though all together are the same', async () => {
    const [mostReported, mostOfPlatform] = [
      await decideBy(CAPPED, { transactions: [purchases(1, 29)] }),
      await decideBy(CAPPED, { transactions: [purchases(29, 1)] }),
    ];
    expect(mostOfPlatform.prepared.features).toEqual(mostReported.prepared.features);
    expect(mostOfPlatform.prepared.basis).not.toBe(mostReported.prepared.basis);
    const limits = [mostReported, mostOfPlatform].map(({ record }) => record.terms?.credit_limit);
    expect(limits).toEqual([2000, 5900]);
  });

  test('count up to the cap where those of the platform allow less', async () => {
    const { record } = await decideBy(CAPPED, { transactions: [purchases(1, 29)] });
    expect(record.terms?.credit_limit).toBe(2000);
    expect(record.counts.transactions).toEqual({ platform: 1, customer: 29 });
    expect(record.reasons).toMatchObject([
      { code: 'limit_reduced_by_source', value: 2000, sufficient_value: 6000 },
    ]);
    expect(replay(record, CAPPED)).toEqual([]);
  });

  test('cut no limit of the emotions that the platform reported, where those without are the better', async () => {
    const emotions = (ofPlatform: number, ofCustomer: number) => [
      {
        date: today,
        eventCount: ofPlatform + ofCustomer,
        positivitySum: ofPlatform + ofCustomer,
        stressEventCount: 0,
        platform: { eventCount: ofPlatform, positivitySum: ofPlatform, stressEventCount: 0 },
      },
    ];
    const lower = { ...CAPPED.document.sources, customer_limit_max: 1000 };
    const policy = compilePolicy({ ...CAPPED.document, version: 'lower', sources: lower });
    const decide = (reported: number) =>
      decideBy(policy, { transactions: [purchases(15, 0)], emotions: emotions(5, reported) });
    const [silent, { record, prepared }] = [await decide(0), await decide(1)];
    expect(silent.record).toMatchObject({ basis: 'full', terms: { credit_limit: 7000 } });
    expect([record.basis, record.terms]).toEqual(['full', silent.record.terms]);
    expect(record.counts.emotions).toEqual({ platform: 5, customer: 0, set_aside: 1 });
    expect(isDecidedOn(prepared, featuresOf(record))).toBe(true);
    expect(replay(record, policy)).toEqual([]);
    expect(describeDecision(record, policy).join('\n')).toContain(
      "5 emotion events; 1 of the customer was set aside: the platform's alone allow more; their effect in US",
    );
  });

  test('have the model asked again where they cut the limit alone', async () => {
    const callsOf = async (ofPlatform: number, ofCustomer: number) =>
      (await decideBy(CAPPED, { transactions: [purchases(ofPlatform, ofCustomer)] })).calls;
    expect(await callsOf(30, 1)).toEqual([1, 1]);
    expect(await callsOf(30, 0)).toEqual([1]);
    const { prepared } = await decideBy(SHIPPED, { transactions: [purchases(30, 1)] });
    expect(prepared.platformAlone).toBeNull();
  });
});

test('no report of a customer cuts a limit below that of the platform alone, of any customer by any policy', async () => {
  let cuts = 0;
  const withoutReports = (customer: Customer): Customer => ({
    ...customer,
    transactions: customer.transactions.map(({ date, platform }) => ({ date, ...platform, platform })),
    emotions: customer.emotions.map(({ date, platform }) => ({ date, ...platform, platform })),
  });
  await fc.assert(
    fc.asyncProperty(someDecision, async ({ policy, customer, ask }) => {
      const { record } = await decideOn(policy, customer, ask);
      const { transactions, emotions } = record.counts;
      const isSetAside = (transactions.set_aside ?? 0) + (emotions?.set_aside ?? 0) > 0;
      if (!isSetAside && !record.adjustments.includes('limit_reduced_by_source')) return;
      cuts += 1;
      const silent = await decideOn(policy, withoutReports(customer), ask);
      const ofPlatform = policy.document.sources.transactions.includes('platform')
        ? silent.record.terms
        : null;
      expect(record.terms!.credit_limit).toBeGreaterThanOrEqual(ofPlatform?.credit_limit ?? 0);
      if (isSetAside) expect(record.terms).toEqual(ofPlatform);
    }),
    { numRuns: RUNS },
  );
  expect(cuts).toBeGreaterThan(0);
});
