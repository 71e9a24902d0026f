import { expect, test } from 'bun:test';
import postgres from 'postgres';
import { createRecordEmotions } from '../../apps/emotion-processing/record-emotions.ts';
import { insertUser } from '../../apps/credit/accounts/account-store.ts';
import { createTestDatabase } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import type { EmotionMessage } from '../messaging/event-topics.ts';
import { dropPartition, ensureEventTables, listExpired } from './event-tables.ts';

const runtime = createTestRuntime();

function emotionAt(userId: string, time: Date, eventId: string = Bun.randomUUIDv7()): EmotionMessage {
  const metrics = { positivity: 0.5, intensity: 0.5, stress_level: 0.5 };
  const timestamp = `${time.toISOString().slice(0, 23)}000Z`;
  return { userId, eventId, timestamp, emotionEvent: { type: 'calm', metrics }, traceId: 'test' };
}

/** The moment of the tests: the tables that a database is made with are of other months. */
const NOW = new Date('2040-02-29T23:59:59.999Z');

/** The first day of the month, so many months before the moment of the tests. */
const monthsAgo = (months: number) =>
  new Date(Date.UTC(NOW.getUTCFullYear(), NOW.getUTCMonth() - months, 1, 12));

/** Opens a database with the tables of the moment. */
async function openWithTables(url?: string) {
  const database = await openTestDatabase(runtime, url);
  await ensureEventTables(database, NOW);
  return database;
}

const tableOf = (month: Date) => `emotional_events_${month.toISOString().slice(0, 7).replace('-', '_')}`;

test('an event is kept in the partition of its month, and its id counts once though its time changes', async () => {
  const database = await openWithTables();
  const recordEmotions = createRecordEmotions({ database });
  const userId = Bun.randomUUIDv7();
  await insertUser(database, { id: userId, email: `${userId}@example.com`, passwordHash: 'x' });
  const [thisMonth, lastMonth] = [monthsAgo(0), monthsAgo(1)];
  const event = emotionAt(userId, thisMonth);
  await recordEmotions([event, emotionAt(userId, lastMonth)]);
  await recordEmotions([emotionAt(userId, lastMonth, event.eventId)]);
  const rows = await database.query(
    (sql) =>
      sql`select tableoid::regclass::text as partition from emotional_events where user_id = ${userId} order by 1`,
  );
  expect(rows.map(({ partition }) => partition)).toEqual([tableOf(lastMonth), tableOf(thisMonth)]);
});

test('a month whose events are in the default partition already keeps no other month from its own', async () => {
  const database = await openWithTables();
  const userId = Bun.randomUUIDv7();
  await insertUser(database, { id: userId, email: `${userId}@example.com`, passwordHash: 'x' });
  const [coming, thisMonth] = [tableOf(monthsAgo(-1)), tableOf(monthsAgo(0))];
  // As of a dump of two months ago, while its workers go on storing.
  await database.query((sql) => sql`drop table ${sql(coming)}, ${sql(thisMonth)}`);
  await createRecordEmotions({ database })([emotionAt(userId, monthsAgo(0))]);
  await ensureEventTables(database, NOW);
  const [row] = await database.query(
    (sql) => sql`select to_regclass(${coming}) is not null as has_coming,
      (select count(*)::int from emotional_events_default where user_id = ${userId}) as stored`,
  );
  expect(row).toEqual({ has_coming: true, stored: 1 });
});

test('a dump of one table delays its months alone, and no statement on it for long', async () => {
  const url = await createTestDatabase();
  const database = await openWithTables(url);
  const coming = monthsAgo(-1);
  const month = coming.toISOString().slice(0, 7).replace('-', '_');
  await database.query((sql) => sql.unsafe(`drop table emotional_events_${month}, transactions_${month}`));
  const sql = postgres(url, { max: 2, onnotice: () => {} });
  const [dump, worker] = [await sql.reserve(), await sql.reserve()];
  await dump`begin`;
  await dump`select from transactions limit 1`;
  await worker`set statement_timeout = 1000`;
  const making = ensureEventTables(database, NOW).catch((error: { code?: string }) => error.code);
  for (let count = 0; count < 20; count += 1) await worker`select from transactions limit 1`;
  expect(await making).toBe('database_unavailable');
  const madeTables = async () =>
    (
      await worker`select relname from pg_class where relname like ${`%_${month}`} and relkind = 'r' order by 1`
    ).map(({ relname }) => String(relname));
  expect(await madeTables()).toEqual([`emotional_events_${month}`]);
  await dump`commit`;
  await ensureEventTables(database, NOW);
  expect(await madeTables()).toEqual([`emotional_events_${month}`, `transactions_${month}`]);
  dump.release();
  worker.release();
  await sql.end();
});

test('retention finds whole months that are old enough, and dropping one touches no other', async () => {
  const database = await openTestDatabase(runtime);
  const listedAt = async (months: number, now: string) =>
    (await listExpired(database, months, new Date(now))).map(({ table }) => table);
  await database.query(
    (sql) => sql`create table transactions_2001_01 partition of transactions
      for values from ('2001-01-01') to ('2001-02-01')`,
  );
  const [expired] = await listExpired(database, 13, new Date('2002-03-01T00:00:00Z'));
  expect(expired).toMatchObject({ table: 'transactions_2001_01', month: '2001-01' });
  expect(await listedAt(13, '2002-02-28T23:59:59.999Z')).toEqual([]);
  expect(await listExpired(database, 13)).toEqual([expired!]);
  await ensureEventTables(database, new Date('2001-03-31T23:59:59.999Z'));
  await dropPartition(database, expired!);
  expect(await listedAt(13, '2002-03-01T00:00:00Z')).toEqual(['emotional_events_2001_01']);
  expect(await listedAt(12, '2002-03-01T00:00:00Z')).toEqual([
    'emotional_events_2001_01',
    'emotional_events_2001_02',
    'transactions_2001_02',
  ]);
});
