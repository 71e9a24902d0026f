import { beforeAll, describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { DiscardPolicy } from 'nats';
import pino from 'pino';
import { eventually } from '../../tests/harness/engines.ts';
import {
  createTestRuntime,
  openTestBus,
  openTestDatabase,
  streams,
  untilAcknowledged,
} from '../../tests/harness/runtime.ts';
import { fastestMs } from '../../tests/harness/time.ts';
import type { Bus } from '../messaging/bus.ts';
import { startConsumer } from './consumer.ts';
import { listDeadLetters } from '../dead-letters/dead-letter.ts';
import { createDeadLetterQueue } from '../dead-letters/dead-letter-queue.ts';
import type { EventRejection } from './event-rejection.ts';
import { handleBatch } from './handle-batch.ts';
import { createPull } from '../messaging/pull.ts';
import type { Database } from '../data/sql.ts';
import { ensureConsumer } from '../messaging/durable-consumer.ts';
import { ensureStreams } from '../messaging/streams.ts';
import { TOPICS } from '../messaging/topics.ts';
import { CONSUMER_LIMITS, DEAD_LETTERS, consumedBy } from '../messaging/topology.ts';
import { createLineDecoder } from '../kernel/validation.ts';

const runtime = createTestRuntime();
const topic = consumedBy(TOPICS.emotions, 'emotion-processing');
const { stream, subject, durable } = topic;
const LONG_MS = 60_000;
const decodeLine = createLineDecoder(Type.Object({ id: Type.String(), amount: Type.Number() }));
type Event = { id: string; amount: number };
const UNKNOWN = 404;
const REFUSED = -1;
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  await database.query((sql) => sql`create table kept (id text primary key, amount int check (amount > 0))`);
}, LONG_MS);

let statements = 0;

async function keep(events: Event[]): Promise<EventRejection[]> {
  statements += 1;
  const storable = events.filter(({ amount }) => amount !== UNKNOWN);
  const ids = storable.map(({ id }) => id);
  const amounts = storable.map(({ amount }) => amount);
  await database.query(
    (sql) => sql`insert into kept select * from unnest(${ids}::text[], ${amounts}::int[])`,
  );
  return events.flatMap(({ amount }, index) =>
    amount === UNKNOWN ? [{ index, code: 'unknown_user', message: 'there is no such user' }] : [],
  );
}

async function countKept(ids: string[]): Promise<number> {
  return (await database.query((sql) => sql`select from kept where id = any(${ids})`)).length;
}

const consume = (bus: Bus, log = runtime.log) =>
  startConsumer({
    bus,
    database,
    topic: 'emotions',
    durable: 'emotion-processing',
    streams,
    decode: decodeLine,
    handle: keep,
    ...runtime,
    log,
  });

/** Publishes a message with an event for each amount; returns their ids. */
async function publish(bus: Bus, amounts: number[]): Promise<string[]> {
  const events = amounts.map((amount) => ({ id: Bun.randomUUIDv7(), amount }));
  const message = events.map((event) => JSON.stringify(event)).join('\n');
  await bus.publish(subject, message, { id: Bun.randomUUIDv7() });
  return events.map(({ id }) => id);
}

const timesOf = (count: number, amount: number) => Array.from({ length: count }, () => amount);

/** A dead-letter stream of the version before, and without room for another message. */
async function fillDeadLetters(bus: Bus): Promise<void> {
  // The process that makes the durable consumer looks after the streams as well.
  await ensureConsumer(bus, topic, streams);
  const { streams: manager } = bus.client().jsm;
  const { config } = await manager.info(DEAD_LETTERS.stream);
  await manager.update(DEAD_LETTERS.stream, { ...config, discard: DiscardPolicy.New, max_bytes: 100 });
}

describe('a dead-letter stream that takes nothing', () => {
  test(
    'keeps no healthy event waiting, is reported, and gets its dead letters when it takes them again',
    async () => {
      const { bus } = await openTestBus(runtime);
      await fillDeadLetters(bus);
      const consumer = consume(bus);
      const mixed = await publish(bus, [1, UNKNOWN, 2, REFUSED, 3]);
      await bus.publish(subject, 'no event', { id: Bun.randomUUIDv7() });
      await eventually('the good lines are stored', async () => (await countKept(mixed)) === 3);
      const storeHealthy = async () => {
        const healthy = await publish(bus, [1, 2]);
        await eventually('what is healthy is stored', async () => (await countKept(healthy)) === 2);
      };
      for (let round = 0; round < 2; round += 1) expect(await fastestMs(storeHealthy)).toBeLessThan(1000);
      const lag = await eventually('the healthy messages are acknowledged', async () => {
        const lagNow = await consumer.lag();
        return lagNow.pending === 0 && lagNow.unacknowledged === 2 && lagNow;
      });
      expect(lag).toMatchObject({ deadLettersWaiting: 2, deadLetters: 0 });
      await expect(consumer.checkDeadLetters()).rejects.toThrow('degraded: cannot be published, 2 messages');
      await consumer.check();

      await ensureStreams(bus.client().jsm, streams);
      await untilAcknowledged(bus, TOPICS.emotions);
      const letters = await listDeadLetters(bus);
      expect(letters.map(({ sequence, line, code }) => `${sequence}:${line} ${code}`).toSorted()).toEqual([
        '1:2 unknown_user',
        '1:4 refused',
        '2:1 invalid',
      ]);
      await consumer.checkDeadLetters();
      expect(await countKept(mixed)).toBe(3);
    },
    LONG_MS,
  );

  test(
    'is changed in place to discard its oldest, which is counted and reported',
    async () => {
      const { bus } = await openTestBus(runtime);
      await fillDeadLetters(bus);
      const { streams: manager } = bus.client().jsm;
      await ensureStreams(bus.client().jsm, streams);
      const { config } = await manager.info(DEAD_LETTERS.stream);
      expect(config).toMatchObject({ discard: DiscardPolicy.Old, max_bytes: DEAD_LETTERS.bytesMax });
      await manager.update(DEAD_LETTERS.stream, { ...config, max_bytes: 64 * 1024 });

      const consumer = consume(bus);
      await consumer.lag().catch(() => {});
      for (let round = 0; round < 20; round += 1) {
        await publish(bus, timesOf(100, UNKNOWN));
        await untilAcknowledged(bus, TOPICS.emotions);
      }
      const { deadLetters, deadLettersDiscarded } = await eventually('discards are noticed', async () => {
        const lagNow = await consumer.lag();
        return lagNow.deadLetters + lagNow.deadLettersDiscarded === 2000 && lagNow;
      });
      expect(deadLettersDiscarded).toBeGreaterThan(500);
      expect(deadLetters).toBe((await listDeadLetters(bus, { limit: 10_000 })).length);
      await expect(consumer.checkDeadLetters()).rejects.toThrow(
        `degraded: no room, the oldest ${deadLettersDiscarded} were discarded`,
      );
      const text = await runtime.metrics.scrape();
      expect(text).toContain(`ecs_dead_letters_discarded_total{stream="emotions"} ${deadLettersDiscarded}`);
      expect(Number(/^ecs_dead_letters_oldest_seconds (\S+)$/m.exec(text)?.[1])).toBeGreaterThan(0);
    },
    LONG_MS,
  );
});

describe('a good event behind poison', () => {
  test.each([
    ['20,000 events of unknown users', 20, 1000, UNKNOWN],
    ['1,000 events that the database rejects one by one', 1, 1000, REFUSED],
  ])(
    '%s is stored soon, and all of those are dead-lettered',
    async (_kind, messages, lines, amount) => {
      const { bus } = await openTestBus(runtime);
      await ensureConsumer(bus, topic, streams);
      for (let sent = 0; sent < messages; sent += 1) await publish(bus, timesOf(lines, amount));
      const good = await publish(bus, [1]);
      statements = 0;
      const startedMs = performance.now();
      consume(bus);
      await eventually('the good one is stored', async () => (await countKept(good)) === 1);
      expect(performance.now() - startedMs).toBeLessThan(3000);
      await untilAcknowledged(bus, TOPICS.emotions);
      const letters = await listDeadLetters(bus, { limit: 100_000 });
      expect(letters).toHaveLength(messages * lines);
      expect(statements).toBeLessThanOrEqual(1.3 * messages * lines);
    },
    LONG_MS,
  );

  test(
    'costs one line of the log for all that a fetch brought, with their number by code',
    async () => {
      const { bus } = await openTestBus(runtime);
      await ensureConsumer(bus, topic, streams);
      await publish(bus, [...timesOf(40, UNKNOWN), 1, ...timesOf(10, REFUSED)]);
      const lines: string[] = [];
      const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
      consume(bus, log);
      await untilAcknowledged(bus, TOPICS.emotions);
      const deadLetterLines = lines
        .map((line) => JSON.parse(line))
        .filter(({ msg }) => msg === 'dead-lettered');
      expect(deadLetterLines.map(({ rejections }) => rejections)).toEqual([
        { unknown_user: 40, refused: 10 },
      ]);
      expect(lines.length).toBeLessThanOrEqual(2);
    },
    LONG_MS,
  );

  test(
    'that kills its readers: those fetched with it are stored, and it alone is dead-lettered',
    async () => {
      const { bus } = await openTestBus(runtime);
      await ensureConsumer(bus, topic, streams);
      const ids: string[] = [];
      for (let sent = 0; sent < 9; sent += 1) ids.push(...(await publish(bus, [1])));
      await bus.publish(subject, 'deadly', { id: Bun.randomUUIDv7() });
      for (let sent = 0; sent < 9; sent += 1) ids.push(...(await publish(bus, [1])));
      const decode = (text: string) => {
        if (text === 'deadly') throw new Error('killed');
        return decodeLine(text);
      };
      const deadLetters = createDeadLetterQueue({ ...runtime, bus, durable });
      const pull = createPull(bus, stream, durable);
      const batch = { ...runtime, bus, durable, deadLetters, decode, handle: keep };
      let deliveries = 0;
      while ((await listDeadLetters(bus)).length === 0 && deliveries < 30 * CONSUMER_LIMITS.deliveriesMax) {
        const messages = await pull();
        deliveries += messages.length;
        await handleBatch(batch, messages).catch(() => {});
        // As after the ack wait of a process that is dead; a second acknowledgement is none.
        for (const message of messages) message.nak();
      }
      expect(await countKept(ids)).toBe(18);
      const letters = await listDeadLetters(bus);
      expect(letters.map(({ code, payload }) => [code, payload])).toEqual([
        ['delivered_too_often', 'deadly'],
      ]);
    },
    LONG_MS,
  );

  test(
    'an oversized one is dead-lettered whole, with what is said of it',
    async () => {
      const { bus } = await openTestBus(runtime);
      consume(bus);
      const large = `{"x":"${'é'.repeat(500_000)}"`;
      const { jsm } = bus.client();
      const { config } = await jsm.streams.info(stream);
      expect(Buffer.byteLength(large)).toBeLessThan(config.max_msg_size);
      await bus.publish(subject, large, { id: Bun.randomUUIDv7() });
      const good = await publish(bus, [1]);
      await eventually('the good one is stored', async () => (await countKept(good)) === 1);
      await untilAcknowledged(bus, TOPICS.emotions);
      const letters = await listDeadLetters(bus);
      expect(letters.map(({ code, bytes }) => [code, bytes])).toEqual([['invalid', large.length + 500_000]]);
    },
    LONG_MS,
  );
});
