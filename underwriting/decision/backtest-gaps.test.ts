import { describe, expect, test } from 'bun:test';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { Policy } from '../policy/build-policy.ts';
import { createBacktest, decideAgain, effectOf, gapOf, reportsUnder } from './backtest.ts';
import { applicationOf } from './application-of.ts';
import { restsOnReports } from './decide.ts';
import type { DecisionRecord } from './record.ts';
import { decideOn, SHIPPED } from './test-records.ts';

type Source = 'platform' | 'customer';
const policyOf = (transactions: Source[], emotions: Source[], effect = 'help_only') =>
  compilePolicy({
    ...SHIPPED.document,
    sources: { ...SHIPPED.document.sources, transactions, emotions },
    emotion_effect: { default: effect, by_jurisdiction: {} },
  });
const ALL: Source[] = ['platform', 'customer'];
const bothSources = policyOf(ALL, ALL);
const platformAlone = policyOf(['platform'], ['platform']);
const withoutFeelings = policyOf(['platform'], ['platform'], 'off');

const decision = await decideOn(4);
const sums = (platform: number, customer: number) => ({ platform, customer });
const recordOf = (
  transactions: DecisionRecord['counts']['transactions'],
  emotions: DecisionRecord['counts']['emotions'],
  change: Partial<DecisionRecord> = {},
): DecisionRecord => ({
  ...decision,
  counts: { transactions, emotions },
  full: emotions && decision.full,
  ...change,
});

describe('a candidate has a gap', () => {
  const gap = (candidate: Policy, then: Policy, record: DecisionRecord) =>
    gapOf(candidate, record, (hash) => (hash === record.versions.policy_hash ? then : null));

  test.each<[string, Policy, Policy, DecisionRecord, string | null]>([
    ['for the same sources', bothSources, bothSources, recordOf(sums(1, 1), sums(1, 1)), null],
    [
      'for transactions it leaves out',
      platformAlone,
      bothSources,
      recordOf(sums(1, 1), sums(1, 0)),
      'other_sources',
    ],
    [
      'for emotions it leaves out',
      platformAlone,
      bothSources,
      recordOf(sums(1, 0), sums(1, 1)),
      'other_sources',
    ],
    ['for sources of nothing', platformAlone, bothSources, recordOf(sums(1, 0), sums(1, 0)), null],
    ['for sources it adds', bothSources, platformAlone, recordOf(sums(1, 0), sums(1, 0)), 'other_sources'],
    ['for emotions it does not read', withoutFeelings, bothSources, recordOf(sums(1, 0), sums(1, 1)), null],
    ['for emotions not read then', bothSources, bothSources, recordOf(sums(1, 0), null), 'emotions_not_read'],
  ])('%s', (_, candidate, then, record, expected) => {
    expect(gap(candidate, then, record)).toBe(expected as never);
  });

  test('for the decision of an operator, and of a policy that nobody knows', async () => {
    const override = { review_id: 'r' } as DecisionRecord['override'];
    expect(gap(bothSources, bothSources, { ...decision, override })).toBe('overridden');
    expect(gapOf(bothSources, decision, () => null)).toBe('unknown_policy');
  });
});

test('a customer without the consent stays without emotions under every policy', () => {
  const effectIn = (applied: 'off' | 'help_only', because: string) =>
    effectOf(bothSources, { ...decision, effect: { applied, because } });
  expect(effectIn('off', 'consent')).toBe('off');
  expect(effectIn('off', 'policy_default')).toBe('help_only');
  expect(effectIn('help_only', 'consent')).toBe('help_only');
});

test.each<[string, Policy, DecisionRecord, 'off' | 'help_only', boolean]>([
  ['transactions that count', bothSources, recordOf(sums(9, 1), null), 'off', true],
  ['transactions that do not count', platformAlone, recordOf(sums(9, 1), sums(0, 0)), 'help_only', false],
  ['emotions that count', bothSources, recordOf(sums(9, 0), sums(9, 1)), 'help_only', true],
  ['emotions that are off', bothSources, recordOf(sums(9, 0), sums(9, 1)), 'off', false],
  [
    'emotions that do not count',
    policyOf(ALL, ['platform']),
    recordOf(sums(9, 0), sums(9, 1)),
    'help_only',
    false,
  ],
  ['nothing', bothSources, recordOf(sums(9, 0), sums(9, 0)), 'help_only', false],
  ['nothing, without emotions', bothSources, recordOf(sums(9, 0), null), 'help_only', false],
])('a customer reported %s', (_, candidate, record, effect, expected) => {
  const application = { ...applicationOf(record), ...reportsUnder(candidate, record, effect) };
  expect(restsOnReports(application, 'full')).toBe(expected);
});

test('emotions decide again where they decided, and not where the candidate turns them off', () => {
  const scored = (risk_score: number) => ({
    ...decision.twin,
    prediction: { risk_score, model_version: 'm' },
  });
  const record = recordOf(sums(9, 0), sums(9, 0), {
    twin: scored(0.9),
    full: scored(0.1),
    exposure: { before: 0, max: 10_000 },
  });
  expect(decideAgain(bothSources, record)).toMatchObject({ approved: true, reasons: [] });
  expect(decideAgain(withoutFeelings, record)).toMatchObject({ approved: false });
});

test('the reasons of a new denial are by the shares of the prediction that counts', () => {
  const scored = (contributions: Record<string, number>) => ({
    features: { ...decision.twin.features, stress_events_30d: 3 },
    prediction: { risk_score: 0.9, model_version: 'm', contributions },
  });
  const record = recordOf(sums(9, 0), sums(9, 0), {
    twin: scored({ transaction_count_30d: 0.2 }),
    full: scored({ stress_events_30d: 0.5 }),
  });
  const reasonsUnder = (effect: string) => decideAgain(policyOf(ALL, ALL, effect), record).reasons;
  const { features } = SHIPPED.document;
  expect(reasonsUnder('full')).toEqual([features['stress_events_30d']?.reason as string]);
  expect(reasonsUnder('help_only')).toEqual([features['transaction_count_30d']?.reason as string]);
});

test.each([
  [0, 'limit_reduced_to_maximum'],
  [1, 'limit_reduced_by_exposure'],
])('a stored reduction at an exposure of %d is told as %s', (value, code) => {
  const reason = {
    code: 'limit_reduced_by_exposure',
    feature: 'exposure',
    value,
    sufficient_value: null,
    weight: null,
  };
  const backtest = createBacktest(SHIPPED, () => SHIPPED);
  backtest.add({ record: { ...decision, reasons: [reason] }, isKnown: false });
  expect(backtest.report().reasons[code]).toMatchObject({ before: 1 });
});
