import { expect, test } from 'bun:test';
import { addDecision, type ComparedDecision, createReport, finishReport } from './backtest-report.ts';
import type { DecisionRecord } from './record.ts';
import { decideOn } from './test-records.ts';

const denied = (...reasons: string[]): ComparedDecision => ({ approved: false, terms: null, reasons });
const approved = (credit_limit: number, interest_rate: number): ComparedDecision => ({
  approved: true,
  terms: { credit_limit, interest_rate, credit_type: 'LONG_TERM_PERSONAL_LOAN' },
  reasons: [],
});
const sums = (platform: number, customer: number) => ({ platform, customer });
const decision = await decideOn(0);

function recordOf(
  user_id: string,
  jurisdiction: string,
  exposure: number,
  counts: DecisionRecord['counts'],
): DecisionRecord {
  return { ...decision, user_id, jurisdiction, counts, exposure: { before: exposure, max: 10_000 } };
}

test('a report counts each decision once, in each of its cohorts, before and after', () => {
  const tally = createReport('candidate');
  addDecision(tally, {
    record: recordOf('u1', 'BR', 100, { transactions: sums(3, 0), emotions: null }),
    isKnown: false,
    before: approved(1000, 5),
    after: denied('high_risk_score'),
  });
  addDecision(tally, {
    record: recordOf('u1', 'BR', 0.1, { transactions: sums(0, 0), emotions: sums(0, 2) }),
    isKnown: true,
    before: denied('few', 'high_risk_score'),
    after: approved(3000, 10),
  });
  addDecision(tally, {
    record: recordOf('u2', 'DE', 0.2, { transactions: sums(1, 0), emotions: sums(0, 1) }),
    isKnown: false,
    before: approved(2000, 7),
    after: approved(2000, 7),
  });
  addDecision(tally, {
    record: recordOf('u3', 'BR', 0, { transactions: sums(0, 0), emotions: sums(0, 0) }),
    isKnown: false,
    before: denied('few'),
    after: denied('few'),
  });
  const { cohorts, ...report } = finishReport(tally);
  expect(report).toMatchObject({
    policy: 'candidate',
    decisions: 4,
    replayed: 4,
    not_replayed: { no_record: 0, overridden: 0, unknown_policy: 0, emotions_not_read: 0, other_sources: 0 },
    differences: 2,
    flips: { to_approved: 1, to_denied: 1 },
    approved: { before: 2, after: 2 },
    credit_limit: {
      before: { count: 2, sum: 3000, min: 1000, p10: 1000, p50: 1000, p90: 2000, max: 2000 },
      after: { count: 2, sum: 5000, min: 2000, p10: 2000, p50: 2000, p90: 3000, max: 3000 },
    },
    interest_rate: {
      before: { count: 2, sum: 12, min: 5, p10: 5, p50: 5, p90: 7, max: 7 },
      after: { count: 2, sum: 17, min: 7, p10: 7, p50: 7, p90: 10, max: 10 },
    },
    exposure: { before: 3100.3, after: 5100.3 },
    reasons: { few: { before: 2, after: 1 }, high_risk_score: { before: 1, after: 1 } },
  });
  const cohortOf = (by: string, value: string, figures: number[]) => ({
    by,
    value,
    customers: figures[0],
    decisions: figures[1],
    approved: { before: figures[2], after: figures[3] },
    to_approved: figures[4],
    to_denied: figures[5],
    limits: { before: figures[6], after: figures[7] },
  });
  expect(cohorts as unknown[]).toEqual([
    cohortOf('customer', 'new', [3, 3, 2, 1, 0, 1, 3000, 2000]),
    cohortOf('customer', 'known', [1, 1, 0, 1, 1, 0, 0, 3000]),
    cohortOf('jurisdiction', 'BR', [2, 3, 1, 1, 1, 1, 1000, 3000]),
    cohortOf('jurisdiction', 'DE', [1, 1, 1, 1, 0, 0, 2000, 2000]),
    cohortOf('source', 'platform', [1, 1, 1, 0, 0, 1, 1000, 0]),
    cohortOf('source', 'customer', [1, 1, 0, 1, 1, 0, 0, 3000]),
    cohortOf('source', 'platform and customer', [1, 1, 1, 1, 0, 0, 2000, 2000]),
    cohortOf('source', 'no facts', [1, 1, 0, 0, 0, 0, 0, 0]),
  ]);
});

test.each([
  ['the terms', approved(1000, 5), approved(1000, 5.01)],
  ['the reasons', denied('few'), denied('few', 'high_risk_score')],
])('a decision that differs in %s is a difference and no flip', (_, before, after) => {
  const tally = createReport('candidate');
  addDecision(tally, { record: decision, isKnown: false, before, after });
  expect(tally).toMatchObject({ differences: 1, flips: { to_approved: 0, to_denied: 0 } });
});

const reportOf = (before: number[], after: number[] = []) =>
  finishReport({ ...createReport('p'), limits: { before, after } });

test('a distribution has the value below which each share lies, and nothing of nothing', () => {
  const { credit_limit } = reportOf([5, 11, 1, 10, 2, 9, 3, 8, 4, 7, 6]);
  expect(credit_limit.before).toEqual({ count: 11, sum: 66, min: 1, p10: 2, p50: 6, p90: 10, max: 11 });
  const none = { count: 0, sum: 0, min: null, p10: null, p50: null, p90: null, max: null };
  expect(credit_limit.after).toEqual(none);
});

test.each([
  [[], [0, 0.1]],
  [[0.5], [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]],
  [[15], [0, 2, 4, 6, 8, 10, 12, 14, 16]],
  [[21], [0, 5, 10, 15, 20, 25]],
  [[40], [0, 5, 10, 15, 20, 25, 30, 35, 40, 45]],
  [[60], [0, 10, 20, 30, 40, 50, 60, 70]],
  [[99], [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]],
])('the offers of %j are in bands with the edges %j', (limits, edges) => {
  const bands = reportOf(limits).credit_limit_bands;
  expect([...bands.map(({ from }) => from), bands.at(-1)?.to] as unknown[]).toEqual(edges);
});

test('an offer is in the band that it begins', () => {
  const bands = reportOf([0, 19.99, 20, 100], [39.99, 40]).credit_limit_bands;
  expect(bands.map(({ from, before, after }) => [from, before, after])).toEqual([
    [0, 1, 0],
    [10, 1, 0],
    [20, 1, 0],
    [30, 0, 1],
    [40, 0, 1],
    [50, 0, 0],
    [60, 0, 0],
    [70, 0, 0],
    [80, 0, 0],
    [90, 0, 0],
    [100, 1, 0],
  ]);
});
