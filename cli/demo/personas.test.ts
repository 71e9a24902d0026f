import { DAY_MS } from '../../sdk/contracts/time.ts';
import { expect, test } from 'bun:test';
import { loadPersonas } from './personas.ts';

test('the lives of the demo are valid at every hour: within 29 days, never on the edge of the 7-day window', () => {
  const now = new Date('2026-11-23T23:59:59Z');
  for (const { emotions, transactions } of loadPersonas(now)) {
    const ages = (times: unknown[]) =>
      times.map((time) => (now.getTime() - Date.parse(String(time))) / DAY_MS);
    const emotionAges = ages(emotions.map(({ timestamp }) => timestamp));
    const transactionAges = ages(transactions.map(({ occurredAt }) => occurredAt));
    expect([...emotionAges, ...transactionAges].filter((age) => !(age > 0 && age < 29))).toEqual([]);
    expect(emotionAges.filter((age) => age > 6 && age < 7)).toEqual([]);
  }
});

test('three have some hundred events each, the newcomer has none', () => {
  const sizes = loadPersonas(new Date()).map(
    ({ emotions, transactions }) => emotions.length + transactions.length,
  );
  expect(sizes.filter((size) => size >= 300)).toHaveLength(3);
  expect(sizes.filter((size) => size === 0)).toHaveLength(1);
});
