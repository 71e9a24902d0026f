import { afterAll, expect, test } from 'bun:test';
import { Redis } from 'ioredis';
import { eventually, sharedRedisUrl } from '../../../tests/harness/engines.ts';
import {
  createTestRuntime,
  openTestBus,
  openTestCache,
  openTestDatabase,
} from '../../../tests/harness/runtime.ts';
import { analyzedCustomers, storeCustomer } from '../../../tests/harness/stored-customer.ts';
import { replayDecisions } from '../../../cli/decisions/replay-decisions.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { replayMatching } from '../../../platform/dead-letters/dead-letter-replay.ts';
import { listDeadLetters, publishDeadLetters } from '../../../platform/dead-letters/dead-letter.ts';
import type { Bus } from '../../../platform/messaging/bus.ts';
import { readStream } from '../../../platform/messaging/read-stream.ts';
import { inspectStream } from '../../../platform/messaging/inspect.ts';
import type { Topic } from '../../../platform/messaging/topic.ts';
import { TOPICS } from '../../../platform/messaging/topics.ts';
import { DEAD_LETTERS, subjectFor } from '../../../platform/messaging/topology.ts';
import { createCustomerHash } from '../../../platform/privacy/customer-hash.ts';
import { finishErasures, selectOpen } from '../../../platform/privacy/ledger-store.ts';
import { INVENTORY } from '../../../platform/privacy/inventory.ts';
import { eraseOnce } from './erase-customers.ts';
import { eraseMessages } from './erase-messages.ts';
import { reapplyLedger } from '../../../platform/privacy/reapply-ledger.ts';

// needs: redis

const runtime = createTestRuntime();
const hashOf = createCustomerHash('a key of the tests, which is long enough');
const redis = new Redis(await sharedRedisUrl());
afterAll(() => redis.disconnect());

class Killed extends Error {}

async function openAll() {
  const database = await openTestDatabase(runtime);
  const { bus } = await openTestBus(runtime);
  const cache = await openTestCache(runtime);
  const options = { ...runtime, database, bus, cache, hashOf, settleSeconds: 0, failpoint: () => {} };
  const request = (userId: string) =>
    database.query(
      (sql) => sql`
        insert into erasures (customer_hash, user_id, requested_by)
        values (${hashOf(userId)}, ${userId}, 'customer')`,
    );
  /** Until nothing is open. */
  const erase = async (failpoint: (name: string) => void = () => {}) => {
    for (let round = 0; round < 100; round += 1) {
      await eraseOnce({ ...options, failpoint });
      const [row] = await database.query(
        (sql) => sql<{ open: number }[]>`select count(*)::int as open from erasures where erased_at is null`,
      );
      if (row?.open === 0) return;
    }
    throw new Error('it does not end');
  };
  return { database, bus, options, request, erase };
}

/** Every row of every table, as text. */
async function textOf(database: Database): Promise<string> {
  const texts: string[] = [];
  for (const { table } of INVENTORY.tables) {
    const rows = await database.query((sql) =>
      sql.unsafe<{ text: string }[]>(`select to_jsonb(t)::text as text from "${table}" as t`),
    );
    texts.push(...rows.map(({ text }) => text));
  }
  return texts.join('\n');
}

async function messagesOf(bus: Bus, stream: string): Promise<string[]> {
  const texts: string[] = [];
  await readStream(bus, stream, {}, ({ data }) => texts.push(new TextDecoder().decode(data)) > 0);
  return texts;
}

const lineOf = (userId: string, mark: string) =>
  JSON.stringify({ userId, eventId: crypto.randomUUID(), mark });

async function publishMixed(bus: Bus, ada: string, bruno: string): Promise<void> {
  const publish = (subject: string, lines: string[]) =>
    bus.publish(subject, lines.join('\n'), { id: crypto.randomUUID() });
  for (const topic of Object.values<Topic>(TOPICS)) {
    const { subject, isSealed, keyedBy } = topic;
    if (isSealed || keyedBy === 'partnerId') continue;
    if (keyedBy) {
      const stateOf = (id: string, mark: string) => JSON.stringify({ customerHash: hashOf(id), mark });
      await publish(subjectFor(topic, hashOf(ada)), [stateOf(ada, 'mark-of-ada')]);
      await publish(subjectFor(topic, hashOf(bruno)), [stateOf(bruno, 'mark-of-bruno')]);
      continue;
    }
    await publish(subject, [lineOf(ada, 'mark-of-ada'), lineOf(bruno, 'mark-of-bruno')]);
    await publish(subject, [lineOf(ada.toUpperCase(), 'mark-of-ada')]);
    await publish(subject, [lineOf(bruno, 'mark-of-bruno')]);
  }
  const origin = {
    stream: 'emotions',
    subject: TOPICS.emotions.subject,
    sequence: 1,
    deliveries: 1,
    timestampNanos: 1,
  };
  const rejections = [ada, bruno, ada, bruno].map((id, index) => ({
    origin,
    line: index + 1,
    payload: lineOf(id, id === ada ? 'mark-of-ada' : 'mark-of-bruno'),
    code: 'invalid',
    message: 'x',
  }));
  const whole = {
    origin,
    line: 0,
    payload: [lineOf(ada, 'mark-of-ada'), lineOf(bruno, 'mark-of-bruno')].join('\n'),
    code: 'delivered_too_often',
    message: 'x',
  };
  expect((await publishDeadLetters(bus, [...rejections, whole])).failed).toEqual([]);
}

/** Counts words in rows, streams and cache, by place; none where there are none. */
async function tracesOf(database: Database, bus: Bus, words: string[]) {
  const places: Record<string, number> = {};
  const count = (place: string, text: string) => {
    const matches = words.reduce((sum, word) => sum + text.toLowerCase().split(word).length - 1, 0);
    if (matches > 0) places[place] = matches;
  };
  count('rows', await textOf(database));
  for (const { stream } of [...Object.values(TOPICS), DEAD_LETTERS]) {
    count(stream, (await messagesOf(bus, stream)).join('\n'));
  }
  for (const key of await redis.keys('*')) count('redis', `${key} ${await redis.get(key).catch(() => '')}`);
  return places;
}

test('an erased customer is nowhere, the others are as they were, and the chain of decisions is whole', async () => {
  const { database, bus, request, erase } = await openAll();
  const [ada, bruno] = await analyzedCustomers(database);
  await storeCustomer(database, 'mark-of-ada', ada);
  await storeCustomer(database, 'mark-of-bruno', bruno);
  await database.query(
    (sql) => sql`
      insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
      values (gen_random_uuid(), ${ada}, 'active', 1000, 5, 'x', now())`,
  );
  await publishMixed(bus, ada, bruno);
  await redis.set(`analysis:${ada}`, 'mark-of-ada');
  await redis.set(`analysis:${bruno}`, 'mark-of-bruno');
  const tracesOfBruno = await tracesOf(database, bus, ['mark-of-bruno']);
  const withoutCustomers = Object.values<Topic>(TOPICS).filter(
    ({ isSealed, keyedBy }) => isSealed || keyedBy === 'partnerId',
  );
  // With rows, dead letters and cache.
  expect(Object.keys(tracesOfBruno).length).toBe(Object.keys(TOPICS).length - withoutCustomers.length + 3);

  await request(ada);
  await erase();
  expect(await tracesOf(database, bus, ['mark-of-ada', `"${ada}@`, `user_id": "${ada}"`])).toEqual({});
  expect(await tracesOf(database, bus, ['mark-of-bruno'])).toEqual(tracesOfBruno);
  expect(await listDeadLetters(bus)).toHaveLength(3);

  const [limits] = await database.query(
    (sql) => sql<{ open: number; erased: number }[]>`
      select count(*) filter (where status in ('offered', 'accepted', 'active'))::int as open,
        (select count(*)::int from credit_analyses where user_id is null) as erased
      from credit_limits where user_id is null`,
  );
  expect(limits).toEqual({ open: 0, erased: 2 });
  const findings: unknown[] = [];
  const report = await database.query(
    (sql) => replayDecisions(sql, {}, (finding) => findings.push(finding)),
    10_000,
  );
  expect(findings).toEqual([]);
  expect(report).toMatchObject({ erased: 2, unproven: 0, replayed: 10, linked: 12 });
  const acts = await database.query((sql) => sql`select act from audit_log where act = 'customer.erase'`);
  expect(acts).toHaveLength(1);
});

test('a dead letter that an operator replays meanwhile comes into no stream that was erased', async () => {
  const { database, bus, request, erase } = await openAll();
  const [ada, bruno] = await analyzedCustomers(database);
  await publishMixed(bus, ada, bruno);
  await request(ada);
  let replay: Promise<void> | undefined;
  await erase((name) => {
    if (name === 'erase.stream') replay ??= replayMatching(bus, {}, { by: 'grace' }, () => {});
  });
  await replay;
  expect(await tracesOf(database, bus, ['mark-of-ada'])).toEqual({});
  expect(await listDeadLetters(bus)).toEqual([]);
});

test('an erasure stays open while Redis responds and does not remove the keys, and reads no stream', async () => {
  const { database, bus, options, request, erase } = await openAll();
  const [ada] = await analyzedCustomers(database);
  await redis.call('acl', 'setuser', 'reader', 'on', '>secret', '~*', '+@all', '-del');
  const url = Object.assign(new URL(await sharedRedisUrl()), { username: 'reader', password: 'secret' });
  const cache = await openTestCache(runtime, url.href);
  await eventually('redis is connected', () => cache.ping().then(() => true));
  await redis.set(`analysis:${ada}`, 'mark-of-ada');
  await bus.publish(TOPICS.emotions.subject, lineOf(ada, 'mark-of-ada'), { id: crypto.randomUUID() });
  await request(ada);
  const eraseThere = () => eraseOnce({ ...options, cache });
  await eraseThere();
  for (const _ of ['first', 'again']) {
    await expect(eraseThere()).rejects.toThrow('redis has not removed the keys');
    expect(await tracesOf(database, bus, ['mark-of-ada'])).toEqual({ emotions: 1, redis: 1 });
  }
  await erase();
  expect(await tracesOf(database, bus, ['mark-of-ada'])).toEqual({});
  const [ended] = await database.query((sql) => sql`select counts from erasures`);
  expect(ended?.counts).toMatchObject({ messages: 1 });
});

test('an erasure that is killed at any point goes on from there, and loses nothing of others', async () => {
  const { database, bus, request, erase } = await openAll();
  const [ada, bruno] = await analyzedCustomers(database);
  await storeCustomer(database, 'mark-of-ada', ada);
  await storeCustomer(database, 'mark-of-bruno', bruno);
  await publishMixed(bus, ada, bruno);
  const tracesOfBruno = await tracesOf(database, bus, ['mark-of-bruno']);
  await request(ada);
  for (let killAt = 1; ; killAt += 1) {
    let reached = 0;
    const died = await erase(() => {
      reached += 1;
      if (reached === killAt) throw new Killed();
    }).then(
      () => false,
      (error: unknown) => {
        if (error instanceof Killed) return true;
        throw error;
      },
    );
    if (!died) break;
  }
  expect(await tracesOf(database, bus, ['mark-of-ada'])).toEqual({});
  expect(await tracesOf(database, bus, ['mark-of-bruno'])).toEqual(tracesOfBruno);
});

test('an erasure that is killed between two streams keeps up to where it searched', async () => {
  const { database, bus, request, erase } = await openAll();
  const [ada, bruno] = await analyzedCustomers(database);
  await publishMixed(bus, ada, bruno);
  await request(ada);
  let streams = 0;
  const killed = erase((name) => {
    if (name === 'erase.stream' && (streams += 1) === 2) throw new Killed();
  });
  await expect(killed).rejects.toThrow(Killed);
  const searched = async () =>
    (await database.query((sql) => sql<{ searched: object }[]>`select searched from erasures`))[0]?.searched;
  expect(Object.values((await searched()) ?? {})).toContainEqual({
    created: expect.any(String),
    sequence: expect.any(Number),
    until: expect.any(Number),
  });
  await erase();
  expect(await searched()).toEqual({});
  expect(await tracesOf(database, bus, ['mark-of-ada'])).toEqual({});
});

test('a reading of the streams that takes long gives way, and goes on', async () => {
  const { database, bus, options, request, erase } = await openAll();
  const [ada, bruno] = await analyzedCustomers(database);
  await request(ada);
  await eraseOnce(options);
  await publishMixed(bus, ada, bruno);
  const settled = () => selectOpen(database, { settleSeconds: 0, countMax: 9 });
  let rounds = 0;
  let messages: number | null = null;
  while (messages === null) {
    messages = await eraseMessages({ ...options, readingMs: 0, messagesPerPortion: 1 }, await settled());
    rounds += 1;
  }
  expect(rounds).toBeGreaterThan(5);
  expect(await tracesOf(database, bus, ['mark-of-ada'])).toEqual({});

  // All messages are counted, as of one reading: those of publishMixed, for both of them.
  await finishErasures(database, [hashOf(ada)], messages);
  await request(bruno);
  await erase();
  const rows = await database.query(
    (sql) => sql<{ count: number }[]>`select (counts->>'messages')::int as count from erasures`,
  );
  const topics = Object.values<Topic>(TOPICS).filter((t) => !t.isSealed && t.keyedBy !== 'partnerId');
  /** One of four lines, and one of a whole message. */
  const deadLetters = 2;
  const count = topics.reduce((sum, { keyedBy }) => sum + (keyedBy ? 1 : 2), deadLetters);
  expect([...rows]).toEqual([{ count }, { count }]);
});

test('a search for two customers goes as far as the one that began later', async () => {
  const { database, bus, options, request } = await openAll();
  const [ada, bruno] = await analyzedCustomers(database);
  await publishMixed(bus, ada, bruno);
  const { stream } = TOPICS.emotions;
  const { created, lastSequence } = await inspectStream(bus, stream);
  await request(ada);
  await request(bruno);
  const settled = await selectOpen(database, { settleSeconds: 0, countMax: 9 });
  const searches = settled.map((erasure, place) => ({
    ...erasure,
    searched: { [stream]: { created, sequence: place, until: place === 0 ? 1 : lastSequence } },
  }));
  await eraseMessages({ ...options, messagesPerPortion: 1 }, searches);
  expect(await tracesOf(database, bus, ['mark-of-ada', 'mark-of-bruno'])).toEqual({});
});

test('a customer that a restored database has again is erased again, by the ledger of the broker', async () => {
  const { database, bus, options, request, erase } = await openAll();
  const [ada] = await analyzedCustomers(database);
  await storeCustomer(database, 'mark-of-ada', ada);
  await request(ada);
  await erase();
  // As an old dump has it: the customer is there, and no erasure.
  await database.query((sql) => sql`delete from erasures`);
  await database.query(
    (sql) =>
      sql`insert into users (id, email, password_hash) values (${ada}, 'mark-of-ada@example.com', 'x')`,
  );
  await storeCustomer(database, 'mark-of-ada', ada);
  expect(await reapplyLedger(options)).toBe(1);
  await erase();
  expect(await tracesOf(database, bus, ['mark-of-ada'])).toEqual({});
  // The account alone, with the ledger: found by the thorough comparison of a start.
  await database.query(
    (sql) =>
      sql`insert into users (id, email, password_hash) values (${ada}, 'mark-of-ada@example.com', 'x')`,
  );
  expect(await reapplyLedger(options)).toBe(0);
  expect(await reapplyLedger(options, { isThorough: true })).toBe(1);
  await erase();
  expect(await tracesOf(database, bus, ['mark-of-ada'])).toEqual({});
  expect(await reapplyLedger(options, { isThorough: true })).toBe(0);
});

test('an event that came after its customer was erased goes from its stream by its place alone', async () => {
  const { database, bus, request, erase, options } = await openAll();
  const [ada, bruno] = await analyzedCustomers(database);
  await request(ada);
  await erase();
  const lines = [lineOf(ada, 'mark-of-ada'), lineOf(bruno, 'mark-of-bruno')].join('\n');
  const { stream, subject } = TOPICS.emotions;
  const { seq } = await bus.publish(subject, lines, { id: 'late' });
  await database.query(
    (sql) => sql`insert into stray_messages (stream, sequence) values (${stream}, ${seq}), ('none', 1)`,
  );
  await eraseOnce(options);
  expect((await messagesOf(bus, stream)).join('\n')).not.toContain('mark-of-ada');
  expect((await messagesOf(bus, stream)).join('\n')).toContain('mark-of-bruno');
  expect(await database.query((sql) => sql`select from stray_messages`)).toHaveLength(0);
});

test('no operator gets a response about an erased customer again by its idempotency key', async () => {
  const { database, request, erase } = await openAll();
  const [ada] = await analyzedCustomers(database);
  await database.query(
    (sql) => sql`
      insert into idempotency_keys (scope, key, fingerprint, locked_until, answer)
      values ('operator carol', 'search', 'x', now(), 'sealed'), ('operator carol', 'running', 'x', now(), null),
        (gen_random_uuid()::text, 'of another customer', 'x', now(), 'sealed')`,
  );
  await request(ada);
  await erase();
  const rows = await database.query((sql) => sql`select key from idempotency_keys order by key`);
  expect(rows.map(({ key }) => String(key))).toEqual(['of another customer', 'running']);
});
