import { expect, test } from 'bun:test';
import type { FactSource } from '../sdk/contracts/common.ts';
import { countEmotions, countTransactions } from './counted-facts.ts';

const emotions = [
  {
    date: '2026-03-01',
    eventCount: 10,
    positivitySum: 6,
    stressEventCount: 5,
    platform: { eventCount: 4, positivitySum: 2, stressEventCount: 2 },
  },
  {
    date: '2026-03-02',
    eventCount: 3,
    positivitySum: 2,
    stressEventCount: 1,
    platform: { eventCount: 2, positivitySum: 1, stressEventCount: 0 },
  },
];
const transactions = emotions.map(({ date, eventCount, positivitySum, platform }) => ({
  date,
  transactionCount: eventCount,
  amountSum: positivitySum,
  platform: { transactionCount: platform.eventCount, amountSum: platform.positivitySum },
}));

/** For the first day the events, the sum of their values and the stressful ones; then all events by source. */
test.each<[FactSource[], number[], { platform: number; customer: number }]>([
  [['platform', 'customer'], [10, 6, 5], { platform: 6, customer: 7 }],
  [['platform'], [4, 2, 2], { platform: 6, customer: 0 }],
  [['customer'], [6, 4, 3], { platform: 0, customer: 7 }],
  [[], [0, 0, 0], { platform: 0, customer: 0 }],
])(
  'a policy that counts %j sees the facts of these sources alone',
  (sources, [events, sum, stress], counts) => {
    const counted = countEmotions(emotions, sources, '2026-03-02');
    expect(counted.days[0]).toEqual({
      date: '2026-03-01',
      eventCount: events!,
      positivitySum: sum!,
      stressEventCount: stress!,
    });
    expect(counted.counts).toEqual(counts);
    const ofTransactions = countTransactions(transactions, sources);
    expect(ofTransactions.days[0]).toEqual({
      date: '2026-03-01',
      transactionCount: events!,
      amountSum: sum!,
    });
    expect(ofTransactions.counts).toEqual(counts);
  },
);

test('an emotion of before the last 7 days counts where it was stressful, as in the features', () => {
  const countsOn = (today: string) => countEmotions(emotions, ['platform', 'customer'], today).counts;
  expect(countsOn('2026-03-07')).toEqual({ platform: 6, customer: 7 });
  expect(countsOn('2026-03-08')).toEqual({ platform: 2 + 2, customer: 3 + 1 });
  expect(countsOn('2026-03-09')).toEqual({ platform: 2 + 0, customer: 3 + 1 });
});
