import { beforeAll, describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { nanos } from 'nats';
import { eventually } from '../../tests/harness/engines.ts';
import {
  createTestRuntime,
  openTestBus,
  openTestDatabase,
  streams,
  untilAcknowledged,
} from '../../tests/harness/runtime.ts';
import { openBus, type Bus } from '../messaging/bus.ts';
import { startConsumer } from './consumer.ts';
import type { EventRejection } from './event-rejection.ts';
import { listDeadLetters } from '../dead-letters/dead-letter.ts';
import { problem } from '../kernel/errors.ts';
import { createLifecycle } from '../kernel/lifecycle.ts';
import type { Database } from '../data/sql.ts';
import { TOPICS } from '../messaging/topics.ts';
import { createLineDecoder } from '../kernel/validation.ts';
import { consumedBy } from '../messaging/topology.ts';

const runtime = createTestRuntime();
const topic = consumedBy(TOPICS.emotions, 'emotion-processing');
const { stream, subject, durable } = topic;
const LONG_MS = 30_000;
const decode = createLineDecoder(Type.Object({ id: Type.String() }));
type Event = { id: string };
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  await database.query((sql) => sql`create table kept (id text primary key)`);
}, LONG_MS);

const keep = async (events: Event[]): Promise<EventRejection[]> => {
  const ids = events.map(({ id }) => id);
  await database.query(
    (sql) => sql`insert into kept select unnest(${ids}::text[]) on conflict (id) do nothing`,
  );
  return [];
};

async function keptOf(ids: string[]): Promise<number> {
  const rows = await database.query((sql) => sql`select from kept where id = any(${ids})`);
  return rows.length;
}

/** A consumer that can be stopped by itself. */
function consume(bus: Bus, handle: (events: Event[]) => Promise<EventRejection[]>) {
  const lifecycle = createLifecycle(runtime.log);
  runtime.lifecycle.onDrain('consumer', lifecycle.stop);
  const wiring = { ...runtime, lifecycle };
  const consumer = startConsumer({
    bus,
    database,
    topic: 'emotions',
    durable: 'emotion-processing',
    streams,
    decode,
    handle,
    ...wiring,
  });
  return { ...consumer, stop: lifecycle.stop };
}

const newIds = (count: number) => Array.from({ length: count }, () => Bun.randomUUIDv7());

async function publish(bus: Bus, ids: string[]): Promise<void> {
  const lines = ids.map((id) => JSON.stringify({ id }));
  await bus.publish(subject, lines.join('\n'), { id: Bun.randomUUIDv7() });
}

const setAckWait = (bus: Bus, ms: number) =>
  eventually('the durable consumer is there', () =>
    bus.client().jsm.consumers.update(stream, durable, { ack_wait: nanos(ms) }),
  );

function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

describe('a durable consumer', () => {
  test(
    'acknowledges a message only after its events are committed',
    async () => {
      const { bus } = await openTestBus(runtime);
      const commit = gate();
      let attempts = 0;
      const consumer = consume(bus, async (events) => {
        attempts += 1;
        await commit.opened;
        return keep(events);
      });
      const ids = newIds(3);
      await publish(bus, ids);
      await eventually('the handler is asked', () => attempts === 1);
      // An acknowledgement sent too early would have arrived before this response.
      await bus.client().connection.flush();
      expect(await consumer.lag()).toMatchObject({ unacknowledged: 1 });
      expect(await keptOf(ids)).toBe(0);

      commit.open();
      await untilAcknowledged(bus, TOPICS.emotions);
      expect(await keptOf(ids)).toBe(3);
      expect(await runtime.metrics.scrape()).toMatch(/^ecs_event_storage_seconds_count\{.*"emotions"\} 3$/m);
    },
    LONG_MS,
  );

  test(
    'keeps a batch and tries it again while the database is down: nothing is dead-lettered or redelivered',
    async () => {
      const { bus } = await openTestBus(runtime);
      const batches: string[][] = [];
      const consumer = consume(bus, (events) => {
        batches.push(events.map(({ id }) => id));
        if (batches.length <= 3) throw problem('database_unavailable', { detail: 'away' });
        return keep(events);
      });
      const ids = newIds(5);
      await publish(bus, ids);
      await eventually('the events are stored', async () => (await keptOf(ids)) === 5);
      await untilAcknowledged(bus, TOPICS.emotions);
      expect(batches).toEqual([ids, ids, ids, ids]);
      expect(await listDeadLetters(bus)).toEqual([]);
      expect(await consumer.lag()).toMatchObject({ redelivered: 0 });
      const { delivered } = await bus.client().jsm.consumers.info(stream, durable);
      expect(delivered.consumer_seq).toBe(1);
    },
    LONG_MS,
  );

  test(
    'renews the ack wait of what it keeps, so that no other worker gets it meanwhile',
    async () => {
      const { bus } = await openTestBus(runtime);
      const until = gate();
      let away = true;
      void until.opened.then(() => (away = false));
      const attempts = [0, 0];
      const workers = attempts.map((_, index) =>
        consume(bus, (events) => {
          attempts[index] = (attempts[index] ?? 0) + 1;
          if (away) throw problem('database_unavailable', { detail: 'away' });
          return keep(events);
        }),
      );
      // Less than all the attempts take together, more than the longest pause between two.
      await setAckWait(bus, 1200);
      const ids = newIds(1);
      await publish(bus, ids);
      await eventually('8 attempts', () => Math.max(...attempts) >= 8);
      until.open();
      await eventually('the event is stored', async () => (await keptOf(ids)) === 1);
      expect(Math.min(...attempts)).toBe(0);
      const { delivered } = await bus.client().jsm.consumers.info(stream, durable);
      expect(delivered.consumer_seq).toBe(1);
      await Promise.all(workers.map(({ stop }) => stop()));
    },
    LONG_MS,
  );

  test(
    'waits for a table that a missing migration has yet to make, and dead-letters nothing',
    async () => {
      const { bus } = await openTestBus(runtime);
      let failures = 0;
      consume(bus, async (events) => {
        const ids = events.map(({ id }) => id);
        try {
          await database.query((sql) => sql`insert into kept_later select unnest(${ids}::text[])`);
        } catch (error) {
          failures += 1;
          throw error;
        }
        return [];
      });
      await publish(bus, newIds(4));
      await eventually('two attempts', () => failures >= 2);
      await database.query((sql) => sql`create table kept_later (id text primary key)`);
      await untilAcknowledged(bus, TOPICS.emotions);
      expect(await listDeadLetters(bus)).toEqual([]);
      const rows = await database.query((sql) => sql`select from kept_later`);
      expect(rows).toHaveLength(4);
    },
    LONG_MS,
  );

  test(
    'a message whose worker dies before the acknowledgement is stored by another, once',
    async () => {
      const { bus: firstBus, nats } = await openTestBus(runtime);
      const another = openBus({ url: nats.url, name: 'another', streams, ...runtime });
      runtime.lifecycle.onClose('another bus', another.close);
      await another.connected(5000);
      const buses = [firstBus, another];
      const death = gate();
      let dead: number | undefined;
      const stored: string[] = [];
      for (const [index, bus] of buses.entries()) {
        consume(bus, async (events) => {
          const rejections = await keep(events);
          if (dead === undefined) {
            // The worst moment: committed, not acknowledged.
            dead = index;
            await death.opened;
          }
          stored.push(...events.map(({ id }) => id));
          return rejections;
        });
      }
      await setAckWait(firstBus, 1000);
      const ids = newIds(2);
      await publish(firstBus, ids);
      await eventually('a worker has the message', () => dead !== undefined);
      await buses[dead ?? 0]?.close();
      await eventually('the other worker has stored it', () => stored.length === 2);
      expect(stored).toEqual(ids);
      expect(await keptOf(ids)).toBe(2);
      const survivor = buses[1 - (dead ?? 0)] as Bus;
      const info = await eventually('it is acknowledged', async () => {
        const consumerInfo = await survivor.client().jsm.consumers.info(stream, durable);
        return consumerInfo.num_ack_pending === 0 && consumerInfo;
      });
      expect(info.delivered.consumer_seq).toBe(2);
      death.open();
    },
    LONG_MS,
  );

  test(
    'finishes and acknowledges what it has before it stops, and takes nothing more',
    async () => {
      const { bus } = await openTestBus(runtime);
      const commit = gate();
      let attempts = 0;
      const consumer = consume(bus, async (events) => {
        attempts += 1;
        await commit.opened;
        return keep(events);
      });
      const ids = newIds(2);
      await publish(bus, ids);
      await eventually('the handler is asked', () => attempts === 1);
      let isStopped = false;
      const stopped = consumer.stop().then(() => (isStopped = true));
      await publish(bus, newIds(1));
      expect(await keptOf(ids)).toBe(0);
      expect(isStopped).toBe(false);
      commit.open();
      await stopped;
      expect(await keptOf(ids)).toBe(2);
      const lag = await eventually('its acknowledgement arrived', async () => {
        const state = await consumer.lag();
        return state.unacknowledged === 0 && state;
      });
      expect(lag.pending).toBe(1);
      expect(attempts).toBe(1);
    },
    LONG_MS,
  );
});
