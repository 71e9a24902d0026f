import { beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import type { Database } from '../data/sql.ts';
import type { TopicName } from '../messaging/topics.ts';
import {
  appendMessages,
  appendOrResend,
  claimRows,
  deleteSentMessages,
  markSent,
  releaseRows,
  selectBacklog,
  unsendLost,
} from './outbox-store.ts';

const runtime = createTestRuntime();
const TOPIC = 'userNotifications';
const OTHER = 'creditOffersApproved';
let database: Database;
beforeAll(async () => void (database = await openTestDatabase(runtime)));
beforeEach(() => database.query((sql) => sql`truncate outbox`));

const append = (keys: string[], topic: TopicName = TOPIC, payload: object = {}) =>
  database.query((sql) =>
    appendMessages(
      sql,
      topic,
      sql`select key, ${sql.json({ ...payload })}::jsonb from unnest(${keys}::text[]) as key`,
    ),
  );
const claim = async (topics: TopicName[] = [TOPIC]) =>
  (await claimRows(database, topics)).map(({ id }) => id.split(':')[1] ?? '').toSorted();
const send = (keys: string[], sequence = 7, created = 'then') =>
  markSent(
    database,
    keys.map((key) => ({ id: `${TOPIC}:${key}`, version: null, created, sequence })),
  );
/** Moves what the key's row says of a moment so many seconds into the past. */
const age = (key: string, column: 'created_at' | 'sent_at' | 'lease_until', seconds: number) =>
  database.query(
    (sql) => sql`update outbox set ${sql(column)} = now() - make_interval(secs => ${seconds})
      where id = ${`${TOPIC}:${key}`}`,
  );
const keysOf = async () =>
  (await database.query((sql) => sql<{ id: string }[]>`select id from outbox order by id`)).map(
    ({ id }) => id.split(':')[1] ?? '',
  );

const HOUR = 3600;
const DAY = 24 * HOUR;

describe('a message of the outbox', () => {
  test('is appended once for its key, as it was the first time', async () => {
    await append(['a'], TOPIC, { text: 'first' });
    await append(['a', 'b'], TOPIC, { text: 'second' });
    const rows = await claimRows(database, [TOPIC]);
    expect(rows.toSorted((x, y) => x.id.localeCompare(y.id))).toEqual([
      { id: `${TOPIC}:a`, topic: TOPIC, payload: { text: 'first' }, version: null },
      { id: `${TOPIC}:b`, topic: TOPIC, payload: { text: 'second' }, version: null },
    ]);
  });

  test('is claimed for 10 seconds, and each claim counts as an attempt', async () => {
    await append(['a']);
    const clock = async () =>
      (
        await database.query(
          (sql) => sql<{ ms: number }[]>`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`,
        )
      )[0]?.ms ?? 0;
    const beforeMs = await clock();
    expect(await claim()).toEqual(['a']);
    const afterMs = await clock();
    const [row] = await database.query(
      (sql) => sql<{ attempts: number; ms: number }[]>`
        select attempts, extract(epoch from lease_until)::float8 * 1000 as ms from outbox`,
    );
    expect(row?.attempts).toBe(1);
    expect(row?.ms).toBeGreaterThanOrEqual(beforeMs + 10_000);
    expect(row?.ms).toBeLessThanOrEqual(afterMs + 10_000);
    expect(await claim()).toEqual([]);
    await age('a', 'lease_until', 1);
    expect(await claim()).toEqual(['a']);
    expect(await database.query((sql) => sql`select attempts from outbox`)).toMatchObject([{ attempts: 2 }]);
  });

  test('is claimed at once under a lease from before the clock of the database was set back by an hour', async () => {
    await append(['soon', 'late']);
    await claim();
    await age('soon', 'lease_until', -19);
    await age('late', 'lease_until', -21);
    expect(await claim()).toEqual(['late']);
  });

  test('is claimed with at most 99 others, the oldest first', async () => {
    const keys = Array.from({ length: 101 }, (_, index) => String(index).padStart(3, '0'));
    await append(keys);
    await database.query(
      (sql) =>
        sql`update outbox set created_at = now() - make_interval(secs => 1000 - split_part(id, ':', 2)::int)`,
    );
    expect(await claim()).toEqual(keys.slice(0, 100));
    expect(await claim()).toEqual(['100']);
  });

  test('is claimed by the relay of its topic, and not again once it is sent', async () => {
    await append(['a']);
    await append(['b'], OTHER);
    expect(await claim()).toEqual(['a']);
    await send(['a']);
    await age('a', 'lease_until', 1);
    expect(await claim()).toEqual([]);
    expect(await claim([TOPIC, OTHER])).toEqual(['b']);
  });

  test('that was not published is claimed again at once; one that was sent stays so', async () => {
    await append(['a', 'b', 'c']);
    await claim();
    await send(['a']);
    await releaseRows(database, [`${TOPIC}:a`, `${TOPIC}:b`]);
    expect(await claim()).toEqual(['b']);
  });

  test('says where the broker keeps it, and holds no lease any more', async () => {
    await append(['a']);
    await claim();
    await markSent(database, []);
    await send(['a'], 42, 'created');
    const [row] = await database.query(
      (sql) => sql`
      select sent_at is not null as sent, lease_until, stream_created, stream_sequence::int from outbox`,
    );
    expect(row).toEqual({ sent: true, lease_until: null, stream_created: 'created', stream_sequence: 42 });
  });

  test('is sent again on purpose once it was sent so long ago, and else left alone', async () => {
    await append(['old', 'new', 'unsent']);
    await claim();
    await send(['old', 'new']);
    await age('old', 'sent_at', HOUR + 1);
    await age('new', 'sent_at', HOUR - 60);
    const resend = (keys: string[]) =>
      database.query((sql) =>
        appendOrResend(sql, TOPIC, sql`select key, '{}'::jsonb from unnest(${keys}::text[]) as key`, HOUR),
      );
    expect(await resend(['old', 'new', 'unsent'])).toMatchObject([{ id: `${TOPIC}:old` }]);
    expect(await claim()).toEqual(['old']);
    expect(await resend(['fresh'])).toMatchObject([{ id: `${TOPIC}:fresh` }]);
    expect(await claim()).toEqual(['fresh']);
  });

  test('is forgotten so many days after it was sent, never before it was', async () => {
    await append(['9 days', '7 days', 'unsent']);
    await send(['9 days', '7 days']);
    await age('9 days', 'sent_at', 8 * DAY + 1);
    await age('7 days', 'sent_at', 8 * DAY - 60);
    await age('unsent', 'created_at', 900 * DAY);
    await deleteSentMessages(database, 8);
    expect(await keysOf()).toEqual(['7 days', 'unsent']);
  });
});

describe('the backlog of a relay', () => {
  test('has the messages of its topics that are not sent, and the age of the oldest', async () => {
    expect(await selectBacklog(database, [TOPIC])).toEqual({ unsent: 0, oldestSeconds: 0 });
    await append(['sent', 'old', 'new']);
    await append(['foreign'], OTHER);
    await send(['sent']);
    await age('sent', 'created_at', 9 * DAY);
    await age('old', 'created_at', DAY);
    await age('new', 'created_at', HOUR);
    const { unsent, oldestSeconds } = await selectBacklog(database, [TOPIC]);
    expect(unsent).toBe(2);
    expect(oldestSeconds).toBeGreaterThanOrEqual(DAY);
    expect(oldestSeconds).toBeLessThan(DAY + HOUR);
    expect(await selectBacklog(database, [TOPIC, OTHER])).toMatchObject({ unsent: 3 });
  });
});

describe('a message that the stream lost', () => {
  beforeEach(async () => {
    await append(['within', 'beyond', 'unsent', 'old']);
    await send(['within'], 7);
    await send(['beyond', 'old'], 8);
    await age('old', 'sent_at', 7 * DAY + 1);
  });

  test('is one beyond the last sequence, and is claimed again at once', async () => {
    expect(await unsendLost(database, TOPIC, 'then', 8)).toBe(0);
    expect(await unsendLost(database, TOPIC, 'then', 7)).toBe(1);
    expect(await claim()).toEqual(['beyond', 'unsent']);
  });

  test('is each one where the stream was made anew, but those that it would have dropped by now', async () => {
    expect(await unsendLost(database, OTHER, 'since', 0)).toBe(0);
    expect(await unsendLost(database, TOPIC, 'since', 8)).toBe(2);
    expect(await claim()).toEqual(['beyond', 'unsent', 'within']);
    await age('old', 'sent_at', 7 * DAY - 60);
    expect(await unsendLost(database, TOPIC, 'since', 8)).toBe(1);
  });
});
