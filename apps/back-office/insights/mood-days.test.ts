import { beforeAll, expect, test } from 'bun:test';
import type { Database } from '../../../platform/data/sql.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { createMoodDays, sumOf } from './mood-days.ts';
import { dayBefore } from './period.ts';

const DAYS = 5;
const runtime = createTestRuntime();
let database: Database;
let statements = 0;
// Its hours of the day before are over, whenever the test runs.
const now = new Date();
const day = (age: number) => dayBefore(now, age);
const period = (from: number, to: number) => ({ from: day(from), to: day(to), jurisdiction: null });

beforeAll(async () => {
  const opened = await openTestDatabase(runtime);
  database = {
    ...opened,
    query(statement, deadlineMs) {
      statements += 1;
      return opened.query(statement, deadlineMs);
    },
  };
  // An hour a day of 20 customers in BR and of 19 in DE, in two rows, with as many events as the day is old.
  await opened.query(
    (sql) => sql`
      insert into emotion_rollups
      select date_trunc('day', now(), 'utc') - make_interval(days => age) + make_interval(hours => 8), place, slot,
        (repeat('1', customers) || repeat('0', 256 - customers))::bit(256), age,
        age * histogram_bin(age), age * histogram_bin(0), age * histogram_bin(19)
      from generate_series(1, ${DAYS}::int) as age, generate_series(0, 1) as slot,
        (values ('BR', 20), ('DE', 19)) as places (place, customers)`,
  );
});

test('a day has its hours and jurisdictions of 20 customers, and the number of cells without', async () => {
  const days = await createMoodDays(database, () => now)(period(DAYS, 1));
  expect(days.map(({ day: name }) => name)).toEqual([5, 4, 3, 2, 1].map(day));
  for (const [index, { withheld, hours, jurisdictions }] of days.entries()) {
    const age = DAYS - index;
    expect(withheld).toBe(1);
    expect([...hours.keys(), ...jurisdictions.keys()]).toEqual([8, 'BR']);
    const mood = jurisdictions.get('BR');
    expect(mood).toEqual(hours.get(8) ?? mood);
    expect(mood?.events).toBe(2 * age);
    expect([mood?.positivity[age], mood?.intensity[0], mood?.stress[19]]).toEqual(Array(3).fill(2 * age));
  }
  const sum = sumOf(days.flatMap(({ hours }) => [...hours.values()]));
  expect([sum?.events, sum?.positivity[3], sum?.stress[19]]).toEqual([30, 6, 30]);
});

test('finished days are kept for a while, others are read each time', async () => {
  const readDays = createMoodDays(database, () => now);
  const before = await readDays(period(4, 2));
  await database.query((sql) => sql`update emotion_rollups set event_count = event_count + 1`);
  statements = 0;
  expect(await readDays(period(4, 2))).toEqual(before);
  expect(statements).toBe(0);
  // One statement for the missing days; today is one of them, and is not kept.
  const longer = await readDays(period(DAYS, 0));
  await readDays(period(DAYS, 0));
  expect(statements).toBe(2);
  expect(longer).toHaveLength(DAYS + 1);
  expect(longer).toEqual(await createMoodDays(database, () => now)(period(DAYS, 0)));
});

test('a jurisdiction is read and kept by itself', async () => {
  const readDays = createMoodDays(database, () => now);
  await readDays(period(2, 1));
  const [german, brazilian] = await Promise.all(
    ['DE', 'BR'].map((jurisdiction) => readDays({ ...period(1, 1), jurisdiction })),
  );
  expect(german?.map(({ withheld, hours }) => [withheld, hours.size])).toEqual([[1, 0]]);
  expect(brazilian?.map(({ withheld, hours }) => [withheld, hours.size])).toEqual([[0, 1]]);
});
