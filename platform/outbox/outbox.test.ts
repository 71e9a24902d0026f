import { appendState } from '../../tests/harness/append-state.ts';
import { describe, expect, test } from 'bun:test';
import postgres from 'postgres';
import { createTestDatabase, eventually, prepareBroker } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, openTestDatabase, streams } from '../../tests/harness/runtime.ts';
import { type Bus, openBus } from '../messaging/bus.ts';
import { startRelay } from './outbox.ts';
import { startLossDetector } from './outbox-loss.ts';
import { createCustomerHash } from '../privacy/customer-hash.ts';
import { readNewest } from '../messaging/read-stream.ts';
import type { Database } from '../data/sql.ts';
import { TOPICS, type TopicName } from '../messaging/topics.ts';

const runtime = createTestRuntime();
const LONG_MS = 40_000;
const topics: TopicName[] = ['userNotifications'];
const { stream } = TOPICS.userNotifications;

const relay = (database: Database, bus: Bus) => startRelay({ database, bus, topics, ...runtime });

/** Rows as the domain's statements write them. */
async function append(database: Database, count: number, topic: TopicName = 'userNotifications') {
  const ids = Array.from({ length: count }, () => Bun.randomUUIDv7());
  await database.query(
    (sql) => sql`insert into outbox (id, topic, payload)
      select id, ${topic}, jsonb_build_object('id', id) from unnest(${ids}::text[]) as id`,
  );
  return ids;
}

type Row = { id: string; attempts: number; created: string | null; sequence: number | null; sent: boolean };
const rowsOf = (database: Database) =>
  database.query(
    (sql) => sql<Row[]>`select id, attempts, stream_created as created, stream_sequence::int as sequence,
      sent_at is not null as sent from outbox order by stream_sequence, id`,
  );

const allSent = (database: Database, deadlineMs?: number) =>
  eventually(
    'every row is sent',
    async () => {
      const rows = await rowsOf(database);
      return rows.every(({ sent }) => sent) && rows;
    },
    deadlineMs,
  );

/** The ids on the stream, in its order. */
async function publishedOf(bus: Bus): Promise<string[]> {
  const { jsm } = bus.client();
  const { state } = await jsm.streams.info(stream);
  const ids: string[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq && seq > 0; seq += 1) {
    ids.push((await jsm.streams.getMessage(stream, { seq })).json<{ id: string }>().id);
  }
  return ids;
}

/** A broker that a test can kill, and a bus on it. */
async function openBroker() {
  const broker = await prepareBroker();
  await broker.start();
  const bus = openBus({ url: broker.url, name: 'test', streams, ...runtime });
  runtime.lifecycle.onClose('bus', bus.close);
  await bus.connected(5000);
  return { ...broker, bus };
}

describe('the outbox', () => {
  test(
    'is published, and each row says where the broker keeps it',
    async () => {
      const database = await openTestDatabase(runtime);
      const { bus } = await openTestBus(runtime);
      const { backlog } = relay(database, bus);
      const ids = await append(database, 250);
      const rows = await allSent(database);
      const { created } = await bus.client().jsm.streams.info(stream);
      expect(rows.map((row) => row.created)).toEqual(rows.map(() => created));
      expect(rows.map((row) => row.sequence)).toEqual(rows.map((_, index) => index + 1));
      expect(await publishedOf(bus)).toEqual(rows.map(({ id }) => id));
      expect(rows.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect(await backlog()).toEqual({ unsent: 0, oldestSeconds: 0 });
    },
    LONG_MS,
  );

  test(
    'relayed by several at once publishes each row once',
    async () => {
      const url = await createTestDatabase();
      const database = await openTestDatabase(runtime, url);
      const { bus } = await openTestBus(runtime);
      for (let count = 0; count < 4; count += 1) relay(await openTestDatabase(runtime, url), bus);
      const ids: string[] = [];
      for (let round = 0; round < 4; round += 1) ids.push(...(await append(database, 400)));
      const rows = await allSent(database);
      expect(rows.map(({ attempts }) => attempts)).toEqual(rows.map(() => 1));
      expect((await publishedOf(bus)).toSorted()).toEqual(ids.toSorted());
    },
    LONG_MS,
  );

  test(
    'never waits for a row that another relay is claiming at this moment',
    async () => {
      const url = await createTestDatabase();
      const database = await openTestDatabase(runtime, url);
      const { bus } = await openTestBus(runtime);
      const ids = await append(database, 3);
      const otherClient = postgres(url, { max: 1 });
      await otherClient`begin`;
      await otherClient`select from outbox where id = ${ids[0] ?? ''} for update`;
      relay(database, bus);
      await eventually('the others are sent', async () => (await publishedOf(bus)).length === 2);
      expect((await publishedOf(bus)).toSorted()).toEqual(ids.slice(1).toSorted());
      await otherClient`rollback`;
      await otherClient.end();
      await allSent(database);
      expect((await publishedOf(bus)).toSorted()).toEqual(ids.toSorted());
    },
    LONG_MS,
  );

  test(
    'leaves a row to the relay that holds its lease, and takes it when the lease has ended',
    async () => {
      const database = await openTestDatabase(runtime);
      const { bus } = await openTestBus(runtime);
      const [leased = ''] = await append(database, 1);
      await database.query(
        (sql) => sql`update outbox set attempts = 1, lease_until = now() + interval '19 seconds'`,
      );
      const { backlog } = relay(database, bus);
      const [free = ''] = await append(database, 1);
      await eventually('the free row is sent', async () => (await publishedOf(bus)).includes(free));
      expect(await publishedOf(bus)).toEqual([free]);
      // The row is marked a moment after its message was published.
      await eventually('only the leased row is unsent', async () => (await backlog()).unsent === 1);

      await database.query(
        (sql) => sql`update outbox set lease_until = now() - interval '1 second' where id = ${leased}`,
      );
      await allSent(database);
      expect(await publishedOf(bus)).toEqual([free, leased]);
    },
    LONG_MS,
  );

  test(
    'leaves the topics of others alone',
    async () => {
      const database = await openTestDatabase(runtime);
      const { bus } = await openTestBus(runtime);
      const [foreign] = await append(database, 1, 'creditOffersApproved');
      const [own = ''] = await append(database, 1);
      relay(database, bus);
      await eventually('its own is sent', async () => (await publishedOf(bus)).includes(own));
      const unsent = (await rowsOf(database)).filter(({ sent }) => !sent);
      expect(unsent).toMatchObject([{ id: foreign, attempts: 0 }]);
    },
    LONG_MS,
  );

  test(
    'stays while the broker is down, and goes out soon after it is back',
    async () => {
      const database = await openTestDatabase(runtime);
      const { bus, kill, start } = await openBroker();
      relay(database, bus);
      const ids = await append(database, 3);
      await allSent(database);
      await kill();
      ids.push(...(await append(database, 5)));
      await expect(bus.publish('user.away', 'x', { id: 'x' })).rejects.toMatchObject({ status: 503 });
      expect((await rowsOf(database)).filter(({ sent }) => !sent)).toHaveLength(5);
      await start();
      // Sooner than a lease: an unpublished claim is given back.
      await allSent(database, 6000);
      expect([...new Set(await publishedOf(bus))].toSorted()).toEqual(ids.toSorted());
    },
    LONG_MS,
  );
});

describe('what the broker lost', () => {
  test(
    'with its whole store is sent again, all of it, and found where it is now',
    async () => {
      const database = await openTestDatabase(runtime);
      const { bus, kill, start, wipe } = await openBroker();
      relay(database, bus);
      startLossDetector({ database, bus, topics, ...runtime });
      const ids = await append(database, 20);
      const [before] = await allSent(database);
      await kill();
      wipe();
      await start();
      const published = await eventually('all is there again', async () => {
        const publishedMessages = await publishedOf(bus);
        return publishedMessages.length === ids.length && publishedMessages;
      });
      expect(published.toSorted()).toEqual(ids.toSorted());
      const rows = await allSent(database);
      const { created } = await bus.client().jsm.streams.info(stream);
      expect(created).not.toBe(before?.created ?? '');
      expect(rows.map((row) => row.created)).toEqual(rows.map(() => created));
    },
    LONG_MS,
  );

  test.each([
    ['beyond the last sequence it still has', { stream_sequence: 5 }],
    [
      'with a stream that was made anew since, under a sequence that is another message now',
      { stream_created: 'x' },
    ],
  ])(
    '%s, is sent again, and only that',
    async (_, change) => {
      const database = await openTestDatabase(runtime);
      const { bus } = await openTestBus(runtime);
      relay(database, bus);
      await append(database, 3);
      const rows = await allSent(database);
      const lostId = rows[1]?.id ?? '';
      await database.query((sql) => sql`update outbox set ${sql(change)} where id = ${lostId}`);
      startLossDetector({ database, bus, topics, ...runtime });
      const published = await eventually('it is sent again', async () => {
        const publishedMessages = await publishedOf(bus);
        return publishedMessages.length > 3 && publishedMessages;
      });
      expect(published).toEqual([...rows.map(({ id }) => id), lostId]);
      expect((await allSent(database)).map(({ attempts }) => attempts)).toEqual([1, 1, 2]);
    },
    LONG_MS,
  );
});

test('a statement that appends a message notifies the relay, one that appends none does not', async () => {
  const url = await createTestDatabase();
  const database = await openTestDatabase(runtime, url);
  const listener = postgres(url, { max: 1 });
  const payloads: string[] = [];
  await listener.listen('outbox', (payload) => payloads.push(payload));
  await append(database, 0);
  await append(database, 3);
  await append(database, 0);
  await database.query((sql) => sql`select pg_notify('outbox', 'end')`);
  await eventually('the last notification has come', async () => payloads.includes('end'));
  await listener.end();
  expect(payloads).toEqual(['', 'end']);
});

test(
  'names the customer of a state by hash alone, so that a replaced one has no id in the files of the broker',
  async () => {
    const database = await openTestDatabase(runtime);
    const { bus, store } = await openBroker();
    const keyed = 'customerConsents';
    const hashOf = createCustomerHash('a key of the tests, which is long enough');
    startRelay({ database, bus, topics: [keyed], hashOf, ...runtime });
    const userId = Bun.randomUUIDv7();
    for (const version of [1, 2]) {
      const state = { userId, emotionCapture: true, version };
      await appendState(database, keyed, state);
      await allSent(database);
    }
    const customerHash = hashOf(userId);
    const newest = await readNewest(bus, TOPICS[keyed].stream, `${TOPICS[keyed].subject}.${customerHash}`);
    expect(JSON.parse(new TextDecoder().decode(newest?.data))).toEqual({
      customerHash,
      emotionCapture: true,
      version: 2,
    });
    expect(newest?.sequence).toBe(2);
    const naming = (text: string) => Bun.spawnSync(['grep', '-rlaiF', '-e', text, store]).stdout.toString();
    await eventually('the broker has written the message', () => naming(customerHash).includes('msgs'));
    expect(naming(userId)).toBe('');
  },
  LONG_MS,
);
