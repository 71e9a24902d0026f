import { describe, expect, test } from 'bun:test';
import prudent from '../policies/prudent-1.json';
import type { Policy } from '../policy/build-policy.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import { createBacktest, decideAgain } from './backtest.ts';
import type { DecisionRecord } from './record.ts';
import { decideOn, SHIPPED } from './test-records.ts';

const COUNT = 3000;
const records = await Promise.all(Array.from({ length: COUNT }, (_, number) => decideOn(number)));
const policyOf = (hash: string) => (hash === SHIPPED.hash ? SHIPPED : null);

function backtest(candidate: Policy, decisions: (DecisionRecord | null)[] = records) {
  const run = createBacktest(candidate, policyOf);
  for (const record of decisions) run.add({ record, isKnown: false });
  return run.report();
}

const changed = (change: object) => compilePolicy({ ...SHIPPED.document, version: 'candidate', ...change });
const stricter = changed({ rules: [{ code: 'high_risk_score', deny_when: 'score > 0.4' }] });

describe('a backtest', () => {
  test('of the policy that decided finds no difference, after a trip through JSON as well', () => {
    const stored = JSON.parse(JSON.stringify(records)) as DecisionRecord[];
    const report = backtest(changed({}), stored);
    expect(report).toMatchObject({ decisions: COUNT, replayed: COUNT, differences: 0 });
    expect(report.flips).toEqual({ to_approved: 0, to_denied: 0 });
    expect(report.credit_limit.after).toEqual(report.credit_limit.before);
  });

  test('of a stricter threshold flips exactly the approvals whose score lies above it, under every effect', () => {
    const scoresOf = ({ twin, full, effect }: DecisionRecord) =>
      effect.applied === 'help_only' && full ? [twin, full] : [twin];
    const lowest = (record: DecisionRecord) =>
      Math.min(...scoresOf(record).map(({ prediction }) => prediction.risk_score));
    const expected = records.filter((record) => record.approved && lowest(record) > 0.4);
    const flipped = records.filter((record) => record.approved && !decideAgain(stricter, record).approved);
    expect(expected.length).toBeGreaterThan(20);
    expect(flipped.map(({ analysis_id }) => analysis_id)).toEqual(
      expected.map(({ analysis_id }) => analysis_id),
    );
    expect(backtest(stricter).flips).toEqual({ to_approved: 0, to_denied: expected.length });
  });

  test('of a looser threshold flips the other way, with limits, reasons and cohorts that add up', () => {
    const report = backtest(changed({ rules: [{ code: 'high_risk_score', deny_when: 'score > 0.8' }] }));
    expect(report.flips.to_approved).toBeGreaterThan(20);
    expect(report.flips.to_denied).toBe(0);
    expect(report.approved.after - report.approved.before).toBe(report.flips.to_approved);
    expect(report.credit_limit.after.count).toBe(report.approved.after);
    expect(report.reasons.few_transactions?.after).toBeLessThan(report.reasons.few_transactions?.before ?? 0);
    for (const by of ['jurisdiction', 'source', 'customer'] as const) {
      const cohorts = report.cohorts.filter((cohort) => cohort.by === by);
      expect(cohorts.reduce((sum, { decisions }) => sum + decisions, 0)).toBe(COUNT);
      expect(cohorts.reduce((sum, { to_approved }) => sum + to_approved, 0)).toBe(report.flips.to_approved);
    }
  });

  test('says first how many decisions it could not make again, and why', () => {
    const old = records[0] as DecisionRecord;
    const foreign = { ...old, versions: { ...old.versions, policy_hash: 'f'.repeat(64) } };
    const report = backtest(changed({}), [...records, null, foreign]);
    expect(report.not_replayed).toMatchObject({ no_record: 1, unknown_policy: 1 });
    expect(report.replayed + 2).toBe(report.decisions);
  });

  test('does not guess at facts of sources that did not count, or at emotions that were not read', async () => {
    const selfReported = records.filter(({ counts }) => counts.transactions.customer > 0);
    expect(
      backtest(compilePolicy({ ...prudent, version: 'candidate' })).not_replayed.other_sources,
    ).toBeGreaterThanOrEqual(selfReported.length);
    const offPolicy = changed({ emotion_effect: { default: 'off', by_jurisdiction: {} } });
    const unread = await decideOn(2, offPolicy);
    const run = createBacktest(SHIPPED, () => offPolicy);
    run.add({ record: unread, isKnown: true });
    expect(run.report().not_replayed).toMatchObject({ emotions_not_read: 1 });
  });
});
