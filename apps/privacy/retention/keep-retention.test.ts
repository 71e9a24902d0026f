import { expect, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { analyzedCustomers } from '../../../tests/harness/stored-customer.ts';
import { replayDecisions } from '../../../cli/decisions/replay-decisions.ts';
import { readConfig } from '../../../platform/kernel/config.ts';
import { RETENTION_VARIABLES, rulesOf } from './keep-retention.ts';

const runtime = createTestRuntime();
const { signal } = new AbortController();
const YOUNG = 'make_interval(months => 24)';
const OLD = 'make_interval(months => 26)';

test('each purpose keeps its months, and what is older goes', async () => {
  const database = await openTestDatabase(runtime);
  const [ada] = await analyzedCustomers(database);
  await database.query((sql) =>
    sql.unsafe(`
      create table transactions_2001_01 partition of transactions for values from ('2001-01-01') to ('2001-02-01');
      insert into transactions (id, user_id, amount, occurred_at, occurred_month)
        select gen_random_uuid(), '${ada}', 1, now() - age, date_trunc('month', (now() - age) at time zone 'utc')
        from unnest(array_fill(${OLD}, array[2500]) || array_fill(interval '14 months', array[7])) as age;
      insert into emotional_events
          (id, user_id, occurred_at, event_type, positivity, intensity, stress_level, occurred_month)
        select gen_random_uuid(), '${ada}', now() - age, 'x', 1, 1, 1,
          date_trunc('month', (now() - age) at time zone 'utc')
        from unnest(array[interval '12 months', interval '14 months']) as age;
      update credit_analyses set created_at = now() - ${OLD} where user_id = '${ada}';
      delete from credit_analysis_chain;
      insert into emotional_daily_sums
        (user_id, summary_date, event_count, positivity_sum, intensity_sum, stress_sum, stress_event_count)
        select '${ada}', now() - age, 1, 1, 1, 1, 1 from unnest(array[${YOUNG}, ${OLD}]) as age;
      insert into notifications (id, user_id, position, type, title, message, created_at)
        select (lpad(to_hex((extract(epoch from now() - age) * 1000)::bigint), 12, '0') || '70008000000000000001')::uuid,
          '${ada}', row_number() over (), 'CREDIT_DENIED', 'x', 'x', now() - age
        from unnest(array[${YOUNG}, ${OLD}]) as age`),
  );
  const rules = rulesOf(database, readConfig({}, RETENTION_VARIABLES));
  const removed: Record<string, number> = {};
  for (const { name, run } of rules) removed[name] = await run(signal);
  expect(removed).toEqual({
    events: 2509,
    emotional_daily_sums: 1,
    transaction_daily_sums: 0,
    rollups: 0,
    notifications: 1,
    decisions: 2,
  });
  for (const { name, run } of rules) expect([name, await run(signal)]).toEqual([name, 0]);
  const [row] = await database.query(
    (sql) => sql`
      select (select count(*)::int from notifications) as notifications,
        (select count(*)::int from emotional_events where occurred_month < now() - interval '11 months') as events,
        (select count(*)::int from credit_analyses where user_id is null) as anonymous,
        (select count(*)::int from credit_analyses where user_id is not null) as others`,
  );
  expect(row).toEqual({ notifications: 1, events: 1, anonymous: 2, others: 10 });
  const paths: string[] = [];
  await database.query((sql) => replayDecisions(sql, {}, ({ path }) => paths.push(path)), 10_000);
  // The test has moved their times and taken their links away: nothing else differs.
  expect(new Set(paths.filter((path) => !['/chain', '/columns/created_at'].includes(path)))).toEqual(
    new Set(),
  );
});

test('a decision of an open limit keeps its customer', async () => {
  const database = await openTestDatabase(runtime);
  await analyzedCustomers(database);
  await database.query((sql) =>
    sql.unsafe(
      `update credit_analyses set created_at = now() - ${OLD}; update credit_limits set status = 'active'`,
    ),
  );
  const decisions = rulesOf(database, readConfig({}, RETENTION_VARIABLES)).find(
    ({ name }) => name === 'decisions',
  );
  await decisions?.run(signal);
  const rows = await database.query(
    (sql) => sql`select offer_id is not null as open from credit_analyses where user_id is not null`,
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.every(({ open }) => open)).toBe(true);
});
