import { expect, test } from 'bun:test';
import { planOf, type PlanOptions } from './plan.ts';

test.each<[PlanOptions, object]>([
  [{}, { hasGrowth: true, hasTracing: true, seconds: 5, rounds: 3, millions: [1] }],
  [{ full: true }, { millions: [1, 10] }],
  [
    { only: 'growth', millions: '1,10,100' },
    { benches: [], hasGrowth: true, millions: [1, 10, 100] },
  ],
  [
    { only: 'growth', millions: '1000' },
    { millions: [1000], hasTracing: false },
  ],
  [
    { only: 'publish', seconds: 1, rounds: 1 },
    { benches: [{ name: 'publish' }], seconds: 1, rounds: 1 },
  ],
  [
    { only: 'transaction-single-all,emotion-single-split', connections: 64 },
    { benches: [{ name: 'emotion-single-split' }, { name: 'transaction-single-all' }] },
  ],
])('%p is a plan', (options, plan) => {
  expect(planOf(options)).toMatchObject(plan);
});

test.each<[PlanOptions, string]>([
  [{ only: 'growth,none' }, 'no such row: none'],
  [{ seconds: 0 }, 'at least 1'],
  [{ rounds: 0 }, 'at least 1'],
  [{ only: 'emotion-single-all', connections: 0 }, 'at least 1'],
  [{ connections: 64 }, '--connections needs --only'],
  [{ only: 'emotion-single-all,publish', connections: 64 }, '--connections needs --only'],
  [{ only: 'publish', millions: '1' }, '--millions is for the row growth'],
  [{ full: true, millions: '1' }, '--millions is for the row growth'],
  ...['', '0', '1,1', '10,1', '1001', '1.5', '1,', ' 1', '1e2', '-1'].map(
    (millions): [PlanOptions, string] => [{ only: 'growth', millions }, '--millions must be whole numbers'],
  ),
])('%p is refused', (options, sentence) => {
  expect(planOf(options)).toContain(sentence);
});
