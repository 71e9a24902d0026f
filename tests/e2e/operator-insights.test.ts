import { beforeAll, expect, test } from 'bun:test';
import { EcsOperatorClient } from '../../sdk/operators/index.ts';
import { COMPLETE_DAYS, storePopulation } from '../harness/population.ts';
import { newOperator } from '../harness/operators.ts';
import { useSystem } from '../harness/system.ts';

const system = useSystem({ split: false });
let insights: EcsOperatorClient['insights'];

beforeAll(async () => {
  // 25 customers in BR and 19 in DE; in BR the last 7 complete days are more stressful than the weeks before.
  await storePopulation(system().sql, { BR: 25, DE: 19 });
  const { token } = await newOperator(system(), ['viewer']);
  insights = new EcsOperatorClient({ baseUrl: system().url, token }).insights;
}, 60_000);

test('shows distributions of emotions by day, by weekday and hour, and of no jurisdiction with few customers', async () => {
  const { total, days, hours, jurisdictions, cells_withheld } = await insights.emotions(COMPLETE_DAYS);
  expect(jurisdictions.map(({ jurisdiction }) => jurisdiction)).toEqual(['BR']);
  expect(days).toHaveLength(30);
  expect(new Set(hours.map(({ weekday }) => weekday)).size).toBe(7);
  expect(new Set(hours.map(({ hour }) => hour))).toEqual(new Set([12]));
  expect(cells_withheld).toBe(30);
  expect(total?.event_count).toBe(30 * 25);
  const { p10, p50, p90 } = total?.stress ?? { p10: 1, p50: 0, p90: 0 };
  // The customers' stress is from 0.1 to 0.58 evenly, and a quarter of the days it is 0.15 higher.
  expect([p10, p50, p90].map((value) => Math.round(value * 10) / 10)).toEqual([0.2, 0.4, 0.6]);
});

test('a filter never shows what is withheld, nor does the difference of two', async () => {
  const german = await insights.emotions({ ...COMPLETE_DAYS, jurisdiction: 'DE' });
  expect(german).toMatchObject({ total: null, days: [], hours: [], jurisdictions: [], cells_withheld: 30 });
  const [everywhere, brazilian] = await Promise.all([
    insights.emotions(),
    insights.emotions({ jurisdiction: 'BR' }),
  ]);
  expect(everywhere.total).toEqual(brazilian.total);
  const credit = await insights.credit({ jurisdiction: 'DE' });
  expect(credit).toMatchObject({ funnel: null, weeks: [], reasons: [], effects: [] });
});

test('shows the funnel, terms, denials and effect of emotions by week', async () => {
  const { funnel, weeks, limit, rate, seconds_to_active, reasons, effects, from } = await insights.credit();
  expect(new Date(from).getUTCDay()).toBe(1);
  const { decided = 0, offered = 0, accepted = 0, active = 0 } = funnel ?? {};
  expect(decided).toBeGreaterThan(offered);
  expect([accepted, active]).toEqual([offered, offered]);
  expect(offered).toBeGreaterThan(500);
  expect(weeks.length).toBeGreaterThan(4);
  // Limits are from 7000 to 8920, rates from 6 to 8.4 percent, and activations take 0.1 to 0.58 s.
  for (const [band, low, high] of [
    [limit, 7000, 9000],
    [rate, 6, 9],
    [seconds_to_active, 0.1, 0.75],
  ] as const) {
    expect(band?.p10).toBeGreaterThan(low);
    expect(band?.p90).toBeLessThan(high);
    expect(band?.p10).toBeLessThan(band?.p90 ?? 0);
  }
  expect(reasons.map(({ code }) => code)).toEqual(['few_transactions']);
  expect(effects.map(({ effect }) => effect).toSorted()).toEqual(['better_terms', 'none']);
  for (const { count } of [...reasons, ...effects]) expect(count % 5).toBe(0);
});

test('says in words what stands out, with its test, and nothing else', async () => {
  const { changes, comparisons } = await insights.changes();
  expect(comparisons).toBeGreaterThan(3);
  expect(changes.map(({ series, jurisdiction }) => [series, jurisdiction])).toEqual([['Stress', 'BR']]);
  expect(changes[0]?.sentence).toMatch(
    /^Stress in BR has risen: 0\.\d\d on the median of the last 7 days, against/,
  );
  expect(changes[0]?.q).toBeLessThanOrEqual(0.05);
});

test('refuses a period that is none, by name', async () => {
  for (const query of [
    { from: '2026-02-30' },
    { from: '2026-11-02', to: '2026-11-01' },
    { from: '2020-01-01', to: '2026-11-01' },
  ]) {
    await expect(insights.emotions(query)).rejects.toMatchObject({ code: 'invalid_request' });
  }
});
