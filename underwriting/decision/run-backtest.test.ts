import { expect, test } from 'bun:test';
import { runBacktest } from './run-backtest.ts';
import { decideOn, SHIPPED } from './test-records.ts';

const stored = await Promise.all(
  Array.from({ length: 25 }, async (_, at) => ({
    at,
    record: (await decideOn(at)) as unknown,
    isKnown: false,
  })),
);

/** Runs over stored decisions in pages, and notes each page and the progress. */
async function run(last: number, pageSize: number, isOver?: () => boolean) {
  const pages: string[] = [];
  const progress: number[] = [];
  const { report, isComplete } = await runBacktest<(typeof stored)[number]>(SHIPPED, () => SHIPPED, {
    last,
    pageSize,
    readDecided: async (before, size) => {
      const from = before === null ? 0 : before.at + 1;
      pages.push(`${size} from ${from}`);
      return stored.slice(from, from + size);
    },
    ...(isOver ? { isOver } : {}),
    onPage: (decisions) => progress.push(decisions),
  });
  return { pages, progress, decisions: report.decisions, isComplete };
}

test.each([
  [20, 10, ['10 from 0', '10 from 10'], [10, 20], 20],
  [15, 10, ['10 from 0', '5 from 10'], [10, 15], 15],
  [100, 10, ['10 from 0', '10 from 10', '10 from 20', '10 from 25'], [10, 20, 25], 25],
  [5, 10, ['5 from 0'], [5], 5],
])('the newest %d in pages of %d are read as %j', async (last, pageSize, pages, progress, decisions) => {
  expect(await run(last, pageSize)).toEqual({ pages, progress, decisions, isComplete: true });
});

test('ends between two pages once it is over, with the report so far', async () => {
  let pages = 0;
  const { decisions, progress, isComplete } = await run(100, 10, () => (pages += 1) > 1);
  expect({ decisions, progress, isComplete }).toEqual({ decisions: 10, progress: [10], isComplete: false });
});

test('a decision that is no record is counted as a gap', async () => {
  const { report } = await runBacktest(SHIPPED, () => SHIPPED, {
    last: 2,
    pageSize: 10,
    readDecided: async (before) => (before ? [] : [stored[0]!, { record: { schema: 2 }, isKnown: false }]),
  });
  expect(report).toMatchObject({ decisions: 2, replayed: 1, not_replayed: { no_record: 1 } });
});
