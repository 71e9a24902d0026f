import { beforeEach, describe, expect, test } from 'bun:test';
import pino from 'pino';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, openTestDatabase } from '../../tests/harness/runtime.ts';
import type { Database } from '../data/sql.ts';
import { createLifecycle } from '../kernel/lifecycle.ts';
import { createMetrics } from '../kernel/metrics.ts';
import { TOPICS, type TopicName } from '../messaging/topics.ts';
import { startRelay } from './outbox.ts';

const runtime = createTestRuntime();
const TOPIC: TopicName = 'userNotifications';
const LONG_MS = 60_000;

let logged: { msg: string; err?: string }[];
beforeEach(() => void (logged = []));

/** A relay of its own on a broker and a database of its own. */
async function open(topics: TopicName[] = [TOPIC]) {
  const database = await openTestDatabase(runtime);
  const { bus } = await openTestBus(runtime);
  const metrics = createMetrics();
  const lifecycle = createLifecycle(runtime.log);
  runtime.lifecycle.onDrain('relay', lifecycle.stop);
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const passed: string[] = [];
  const failpoint = (name: string) => void passed.push(name);
  const relay = startRelay({ database, bus, topics, log, metrics, lifecycle, failpoint });
  return { database, bus, metrics, lifecycle, passed, relay };
}

const append = (database: Database, id: string, payload: object, topic: TopicName = TOPIC) =>
  database.query(
    (sql) =>
      sql`insert into outbox (id, topic, payload) values (${id}, ${topic}, ${sql.json({ ...payload })})`,
  );

const rowOf = async (database: Database, id: string) => {
  const [row] = await database.query(
    (sql) => sql<{ sent: boolean; attempts: number; isLeased: boolean; sequence: number | null }[]>`
      select sent_at is not null as sent, attempts, lease_until is not null as "isLeased",
        stream_sequence::int as sequence
      from outbox where id = ${id}`,
  );
  return row;
};

const untilSent = (database: Database, id: string) =>
  eventually(`${id} is sent`, async () => (await rowOf(database, id))?.sent === true);

describe('the relay of the outbox', () => {
  test(
    'holds up no other message for one that cannot be published, tries that soon again, and says so once',
    async () => {
      const { database, metrics } = await open();
      // Larger than the broker takes.
      await append(database, 'huge', { text: 'x'.repeat(1_100_000) });
      for (const id of ['a', 'b']) await append(database, id, { id });
      for (const id of ['a', 'b']) await untilSent(database, id);
      await eventually('it is said', () => Promise.resolve(logged.length > 0));
      // Before a lease of 10 s is over: five claims, each given back.
      expect(await rowOf(database, 'huge')).toMatchObject({ sent: false, sequence: null });
      expect((await rowOf(database, 'huge'))?.attempts).toBeGreaterThanOrEqual(5);
      expect(await rowOf(database, 'a')).toMatchObject({ attempts: 1, isLeased: false });
      expect(logged).toMatchObject([{ msg: 'cannot relay the outbox' }]);
      expect(await metrics.scrape()).toContain(`ecs_outbox_relayed_total{topic="${TOPIC}"} 2`);
    },
    LONG_MS,
  );

  test(
    'says of a second fault as of the first',
    async () => {
      const { database } = await open();
      for (const count of [1, 2]) {
        await append(database, 'huge', { text: 'x'.repeat(1_100_000) });
        await eventually('it is said', () => Promise.resolve(logged.length === count));
        await database.query((sql) => sql`delete from outbox where id = 'huge'`);
        await append(database, `after ${count}`, {});
        await untilSent(database, `after ${count}`);
      }
    },
    LONG_MS,
  );

  test(
    'shows how many rows wait for it, and since when',
    async () => {
      const { database, metrics, relay } = await open();
      await database.query(
        (sql) => sql`
          insert into outbox (id, topic, payload, lease_until, created_at)
          select id, ${TOPIC}, '{}', now() + interval '19 seconds', now() - interval '1 minute'
          from unnest(array['a', 'b']) as id`,
      );
      expect(await relay.backlog()).toMatchObject({ unsent: 2 });
      const text = await metrics.scrape();
      expect(text).toContain(`ecs_outbox_unsent_rows{topic="${TOPIC}"} 2`);
      const oldest = Number(/^ecs_outbox_oldest_seconds\{.*\} (\S+)$/m.exec(text)?.[1]);
      expect(oldest).toBeGreaterThanOrEqual(60);
      expect(oldest).toBeLessThan(120);
    },
    LONG_MS,
  );

  test(
    'publishes after the claim, and marks after the publish',
    async () => {
      const { database, passed } = await open();
      await append(database, 'a', {});
      await untilSent(database, 'a');
      await eventually('the round is over', () => Promise.resolve(passed.length === 3));
      expect(passed).toEqual(['relay.claimed', 'relay.published', 'relay.marked']);
    },
    LONG_MS,
  );

  test.each(['after its claim', 'in its claim'])(
    'publishes 5 s after it began to claim, and not later, where it stood still %s: another may have published',
    async (place) => {
      const database = await openTestDatabase(runtime);
      const { bus } = await openTestBus(runtime);
      const lifecycle = createLifecycle(runtime.log);
      runtime.lifecycle.onDrain('relay', lifecycle.stop);
      const rounds: string[] = [];
      let nowMs = 0;
      let standstillMs = 5000;
      const failpoint = (name: string) => {
        rounds.push(name);
        if (name === 'relay.claimed' && place === 'after its claim') nowMs += standstillMs;
      };
      const now = () => nowMs;
      const query: typeof database.query = async (...statement) => {
        const rows = await database.query(...statement);
        if (place === 'in its claim') nowMs += standstillMs;
        return rows;
      };
      const watched = { ...database, query };
      startRelay({ ...runtime, database: watched, bus, topics: [TOPIC], lifecycle, failpoint, now });
      await append(database, 'in time', {});
      await untilSent(database, 'in time');
      await eventually('the round is over', () => Promise.resolve(rounds.includes('relay.marked')));
      standstillMs = 5001;
      await append(database, 'late', {});
      await eventually('it is claimed', () => Promise.resolve(rounds.lastIndexOf('relay.claimed') > 0));
      standstillMs = 0;
      // Its row stays to whoever has it now.
      expect(await rowOf(database, 'late')).toMatchObject({ sent: false, attempts: 1, isLeased: true });
      await database.query((sql) => sql`update outbox set lease_until = now() - interval '1 second'`);
      await untilSent(database, 'late');
      const { state } = await bus.client().jsm.streams.info(TOPICS[TOPIC].stream);
      expect(state.last_seq).toBe(2);
    },
    LONG_MS,
  );

  test(
    'publishes the state of a partner under its id, and none of a customer without the key of the hash',
    async () => {
      const { database, bus } = await open(['partnerStates', 'customerConsents']);
      const partnerId = Bun.randomUUIDv7();
      await append(database, 'partner', { partnerId, version: 1 }, 'partnerStates');
      await untilSent(database, 'partner');
      const { subject, stream } = TOPICS.partnerStates;
      const message = await bus.client().jsm.streams.getMessage(stream, { seq: 1 });
      expect([message.subject, message.json()]).toEqual([
        `${subject}.${partnerId}`,
        { partnerId, version: 1 },
      ] as never);
      await append(database, 'consents', { userId: Bun.randomUUIDv7(), version: 1 }, 'customerConsents');
      await eventually('it is said', () => Promise.resolve(logged.length > 0));
      expect(JSON.stringify(logged[0])).toContain(
        'the relay of customerConsents needs the hash of customers',
      );
      expect(await rowOf(database, 'consents')).toMatchObject({ sent: false });
    },
    LONG_MS,
  );

  test(
    'marks what it has published before it ends, and claims nothing afterwards',
    async () => {
      const { database, lifecycle, passed } = await open();
      for (let count = 0; count < 100; count += 1) await append(database, `${count}`, {});
      await eventually('rows are on their way', () => Promise.resolve(passed.includes('relay.claimed')));
      await lifecycle.stop();
      expect(passed.filter((name) => name === 'relay.marked').length).toBe(
        passed.filter((name) => name === 'relay.published').length,
      );
      const rounds = passed.length;
      await append(database, 'late', {});
      // Another relay takes it: the first one had as much time to.
      startRelay({ ...runtime, database, bus: (await openTestBus(runtime)).bus, topics: [TOPIC] });
      await untilSent(database, 'late');
      expect(passed).toHaveLength(rounds);
    },
    LONG_MS,
  );
});
