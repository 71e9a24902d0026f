import { beforeAll, expect, test } from 'bun:test';
import type { Database } from '../../platform/data/sql.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { deleteOldCells, deleteSmallCellsOf } from './cell-store.ts';
import { mergeCells } from './merge-cells.ts';

const runtime = createTestRuntime();
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

/** Stores an event of each customer, and counts it as the worker would. */
async function storeEvents(customers: string[], at: string) {
  await database.query(
    (sql) => sql`
      insert into emotional_events
        (id, user_id, occurred_at, occurred_month, event_type, positivity, intensity, stress_level)
      select gen_random_uuid(), id, ${at}::text::timestamptz,
        date_trunc('month', ${at}::text::timestamptz at time zone 'utc')::date, 'calm', 0.5, 0.5, 0.5
      from unnest(${customers}::uuid[]) as id`,
  );
  await database.query((sql) => sql`select recount_rollups('-infinity')`);
}

const hours = async () => {
  const rows = await database.query(
    (sql) => sql<{ hour: string; n: number }[]>`
      select to_char(hour at time zone 'utc', 'HH24') as hour, sum(event_count)::int as n
      from emotion_rollups group by 1 order by 1`,
  );
  return Object.fromEntries(rows.map(({ hour, n }) => [hour, n]));
};

test('an erasure deletes the small cells of its customer, and no larger or other one', async () => {
  // The last byte of each id is another.
  const customers = Array.from(
    { length: 60 },
    (_, index) => `0198f3a2-7c11-4d3e-9b53-0d6a1f2c40${index.toString(16).padStart(2, '0')}`,
  );
  await database.query(
    (sql) => sql`insert into users (id, email, password_hash)
      select id, id::text, 'x' from unnest(${customers}::uuid[]) as id`,
  );
  await storeEvents(customers.slice(0, 19), '2026-11-20T08:30:00Z');
  await storeEvents(customers.slice(0, 20), '2026-11-20T09:30:00Z');
  await storeEvents(customers.slice(40, 45), '2026-11-20T10:30:00Z');
  expect(await hours()).toEqual({ '08': 19, '09': 20, '10': 5 });
  expect(await deleteSmallCellsOf(database, customers[0] ?? '')).toBe(1);
  expect(await hours()).toEqual({ '09': 20, '10': 5 });
});

test('small cells go with the events, large ones with the sums', async () => {
  await database.query((sql) => sql`delete from emotional_events`);
  await database.query((sql) => sql`delete from emotion_rollups`);
  await database.query(
    (sql) => sql`
      insert into emotion_rollups
      select date_trunc('hour', now() - make_interval(months => age), 'utc'), place, 0,
        case place when 'BR' then ~ (0::bit(256)) else 1::bit(256) end, 1, 1, 1, 1
      from unnest(array[1, 14, 26]) as age, unnest(array['BR', 'DE']) as place`,
  );
  expect(await deleteOldCells(database, 25, 13)).toBe(3);
  const rows = await database.query((sql) => sql`select jurisdiction from emotion_rollups order by hour`);
  expect(rows.map(({ jurisdiction }) => jurisdiction)).toEqual(['BR', 'BR', 'DE']);
});

test('rows of a cell become one, with its figures, and no row of the hour or day that runs', async () => {
  await database.query(
    (sql) => sql`
      insert into emotion_rollups
      select date_trunc('hour', now(), 'utc') - make_interval(hours => age), place, slot,
        set_bit(0::bit(256), slot, 1), 1 + slot, 10 ^ slot, 2, 3
      from unnest(array[0, 5, 30]) as age, unnest(array['FR', 'IT']) as place, generate_series(0, 3) as slot`,
  );
  await database.query(
    (sql) => sql`
      insert into decision_rollups
      select (now() at time zone 'utc')::date - age, 'FR', 'stage', part, slot,
        set_bit(0::bit(256), slot, 1), 1, slot
      from unnest(array[0, 1]) as age, unnest(array['decided', 'offered']) as part,
        generate_series(1, 2) as slot`,
  );
  const figures = () =>
    database.query(
      (sql) => sql`
        select hour::text as at, jurisdiction, '' as part, bit_or(customers) as customers,
          sum(event_count) as count, sum(positivity) as a, sum(intensity) as b, sum(stress) as c
        from emotion_rollups group by hour, jurisdiction
        union all
        select day::text, jurisdiction, part, bit_or(customers), sum(occurrences), sum(histogram), 0, 0
        from decision_rollups group by day, jurisdiction, part
        order by at, jurisdiction, part`,
    );
  const before = await figures();
  const rowsPerStatement = 5;
  while ((await mergeCells(database, rowsPerStatement)) > 0);
  expect([...(await figures())]).toEqual([...before]);
  const [rows] = await database.query(
    (sql) => sql`
      select
        (select count(*)::int from emotion_rollups where jurisdiction in ('FR', 'IT')
          and hour < date_trunc('hour', now(), 'utc')) as past_hours,
        (select count(*)::int from emotion_rollups
          where hour = date_trunc('hour', now(), 'utc')) as this_hour,
        (select count(*)::int from decision_rollups
          where day < (now() at time zone 'utc')::date) as past_days,
        (select count(*)::int from decision_rollups where day = (now() at time zone 'utc')::date) as today`,
  );
  expect(rows).toEqual({ past_hours: 4, this_hour: 8, past_days: 2, today: 4 });
});
