import { beforeEach, describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import pino from 'pino';
import { createTestRuntime, openTestBus, streams } from '../../tests/harness/runtime.ts';
import { listDeadLetters } from '../dead-letters/dead-letter.ts';
import { createDeadLetterQueue } from '../dead-letters/dead-letter-queue.ts';
import { problem } from '../kernel/errors.ts';
import { createMetrics } from '../kernel/metrics.ts';
import { createLineDecoder } from '../kernel/validation.ts';
import type { Bus } from '../messaging/bus.ts';
import { ensureConsumer } from '../messaging/durable-consumer.ts';
import { createPull } from '../messaging/pull.ts';
import { TOPICS } from '../messaging/topics.ts';
import { CONSUMER_LIMITS, consumedBy } from '../messaging/topology.ts';
import { setTracer } from '../tracing/tracer.ts';
import type { EventRejection } from './event-rejection.ts';
import { type BatchOptions, handleBatch } from './handle-batch.ts';

const runtime = createTestRuntime();
const topic = consumedBy(TOPICS.emotions, 'emotion-processing');
const { stream, subject, durable } = topic;
const decode = createLineDecoder(Type.Object({ id: Type.String() }));
type Event = { id: string };
const TRACEPARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const lineOf = (id: string) => JSON.stringify({ id });

let metrics: ReturnType<typeof createMetrics>;
let logged: { msg: string }[];
beforeEach(() => {
  metrics = createMetrics();
  logged = [];
});

/** A broker with these messages, and a worker on it that handles what it has fetched. */
async function open(texts: string[]) {
  const { bus } = await openTestBus(runtime);
  await ensureConsumer(bus, topic, streams);
  await publish(bus, texts);
  const pull = createPull(bus, stream, durable);
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const wiring = { ...runtime, log, metrics, bus, durable };
  const deadLetters = createDeadLetterQueue(wiring);
  const work = async (options: Partial<BatchOptions<Event>>, messages?: Awaited<ReturnType<typeof pull>>) =>
    handleBatch(
      { ...wiring, deadLetters, decode, handle: async () => [], ...options },
      messages ?? (await pull()),
    );
  const unacknowledged = async () => {
    await bus.ping();
    return (await bus.client().jsm.consumers.info(stream, durable)).num_ack_pending;
  };
  return { bus, pull, work, unacknowledged };
}

async function publish(bus: Bus, texts: string[]): Promise<void> {
  for (const text of texts) await bus.publish(subject, text, { id: Bun.randomUUIDv7() });
}

/** The value of a metric by the beginning of its line; undefined where there is none. */
async function metric(start: string): Promise<number | undefined> {
  const line = (await metrics.scrape()).split('\n').find((text) => text.startsWith(start));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

/** Rejects an event whose id is a code. */
const rejectById = async (events: Event[]): Promise<EventRejection[]> =>
  events.flatMap(({ id }, index) => {
    if (id === 'good') return [];
    return [
      { index, code: id, message: 'no', isDropped: id === 'customer_erased' || id === 'consent_missing' },
    ];
  });

describe('the events of a batch', () => {
  test('are counted by what became of them, and the stored ones of each message by the time that it took', async () => {
    const { bus, work, unacknowledged } = await open([
      ['good', 'customer_erased', 'consent_missing', 'good', 'unknown_user'].map(lineOf).join('\n'),
      ['customer_erased', 'customer_erased'].map(lineOf).join('\n'),
      'no event',
    ]);
    const observed: [seconds: number, count: number][] = [];
    const strays: number[][] = [];
    const publishedMs = Date.now();
    const events = await work({
      handle: rejectById,
      observeStorage: (seconds, count = 1) => void observed.push([seconds, count]),
      async onErased(messages) {
        strays.push(messages.map(({ info }) => info.streamSequence));
        expect(await unacknowledged()).toBe(3);
      },
    });
    expect(events).toBe(7);
    expect(await metric('ecs_events_consumed_total{durable="emotion-processing",outcome="stored"}')).toBe(2);
    expect(await metric('ecs_events_consumed_total{durable="emotion-processing",outcome="dropped"}')).toBe(4);
    expect(await metric('ecs_events_consumed_total{durable="emotion-processing",outcome="parked"}')).toBe(2);
    const dropped = (reason: string) =>
      metric(`ecs_events_dropped_total{durable="emotion-processing",reason="${reason}"}`);
    expect([await dropped('customer_erased'), await dropped('consent_missing')]).toEqual([3, 1]);
    expect(await metric('ecs_messages_redelivered_total')).toBe(undefined);
    // Only the first message has stored events.
    expect(observed.map(([, count]) => count)).toEqual([2]);
    expect(observed[0]?.[0]).toBeGreaterThanOrEqual(0);
    expect(observed[0]?.[0]).toBeLessThanOrEqual((Date.now() - publishedMs) / 1000 + 5);
    // A message is noted once, and before it is acknowledged.
    expect(strays).toEqual([[1, 2]]);
    expect(await unacknowledged()).toBe(0);
    const letters = await listDeadLetters(bus);
    expect(letters.map(({ sequence, line, code }) => `${sequence}:${line} ${code}`).toSorted()).toEqual([
      '1:5 unknown_user',
      '3:1 invalid',
    ]);
    expect(logged).toMatchObject([{ rejections: { unknown_user: 1, invalid: 1 }, msg: 'dead-lettered' }]);
  });

  test('keep their line numbers beside blank lines, which are nothing; a good batch says nothing', async () => {
    const { bus, work } = await open([`${lineOf('good')}\n\n \t\nno event\n`, `${lineOf('good')}\n`]);
    expect(await work({})).toBe(2);
    expect((await listDeadLetters(bus)).map(({ line, payload }) => [line, payload])).toEqual([
      [4, 'no event'],
    ]);
    logged = [];
    await publish(bus, [lineOf('good')]);
    expect(await work({})).toBe(1);
    expect(logged).toEqual([]);
  });

  test('that are stored end the span of their message as done', async () => {
    const { bus, work } = await open([]);
    const failures: (boolean | undefined)[] = [];
    setTracer({
      start: () => ({ traceId: '', spanId: '', end: (end) => void failures.push(end?.isFailed) }),
    });
    try {
      await bus.publish(subject, lineOf('good'), {
        id: Bun.randomUUIDv7(),
        headers: { traceparent: TRACEPARENT },
      });
      expect(await work({})).toBe(1);
    } finally {
      setTracer(null);
    }
    expect(failures.length).toBeGreaterThan(0);
    expect(failures).not.toContain(true);
  });

  test('go to the store in statements of 2,000 at most', async () => {
    const { work } = await open([Array.from({ length: 4001 }, () => lineOf('good')).join('\n')]);
    const sizes: number[] = [];
    const handle = async ({ length }: Event[]) => {
      sizes.push(length);
      return [];
    };
    expect(await work({ handle })).toBe(4001);
    expect(sizes).toEqual([2000, 2000, 1]);
  });

  test('are decoded together while their messages have 700,000 bytes at most, and not one more', async () => {
    const portionsOf = async (bytes: number) => {
      const half = (length: number) => lineOf('x'.repeat(length - lineOf('').length));
      const { work } = await open([half(350_000), half(bytes - 350_000)]);
      const sizes: number[] = [];
      const handle = async ({ length }: Event[]) => {
        sizes.push(length);
        return [];
      };
      await work({ handle });
      return sizes;
    };
    expect(await portionsOf(700_000)).toEqual([2]);
    expect(await portionsOf(700_001)).toEqual([1, 1]);
  });

  test('wait for the database in one line of the log, and so does the note of erased customers', async () => {
    const { work, unacknowledged } = await open([['good', 'customer_erased'].map(lineOf).join('\n')]);
    const away = problem('database_unavailable', { cause: null });
    let attempts = 0;
    let notes = 0;
    await work({
      async handle(events) {
        attempts += 1;
        if (attempts <= 2) throw away;
        return rejectById(events);
      },
      async onErased() {
        notes += 1;
        if (notes === 1) throw away;
      },
    });
    expect([attempts, notes, await unacknowledged()]).toEqual([3, 2, 0]);
    expect(logged.map(({ msg }) => msg)).toEqual(['waiting to store', 'waiting to store']);
  });
});

describe('a message that came more than once', () => {
  test('is counted, and from its third delivery on handled alone after the others, in an order that turns', async () => {
    const ids = ['a', 'b', 'c'];
    const { bus, pull, work } = await open(ids.map(lineOf));
    const statements: string[][] = [];
    const handle = async (events: Event[]) => {
      statements.push(events.map(({ id }) => id));
      return [];
    };
    /** Fetches until all of these are there, each for the delivery that is wanted. */
    const fetchAll = async (count: number) => {
      const messages: Awaited<ReturnType<typeof pull>> = [];
      while (messages.length < count) messages.push(...(await pull()));
      return messages.toSorted((x, y) => x.info.streamSequence - y.info.streamSequence);
    };
    const handleAndReturn = async (count: number) => {
      statements.length = 0;
      const messages = await fetchAll(count);
      const deliveries = messages.map(({ info }) => info.deliveryCount);
      // Its acknowledgements get lost, as those of a process that dies.
      const silent = messages.map((message) => ({
        subject: message.subject,
        data: message.data,
        info: message.info,
        ack: () => {},
        nak: () => message.nak(),
        working: () => message.working(),
      }));
      await work({ handle }, silent);
      for (const message of messages) message.nak();
      return { deliveries, statements: [...statements] };
    };
    expect(await handleAndReturn(3)).toEqual({ deliveries: [1, 1, 1], statements: [ids] });
    expect(await metric('ecs_messages_redelivered_total')).toBe(undefined);
    expect(await handleAndReturn(3)).toEqual({ deliveries: [2, 2, 2], statements: [ids] });
    expect(await metric('ecs_messages_redelivered_total')).toBe(3);
    await publish(bus, [lineOf('new'), lineOf('newer')]);
    expect(await handleAndReturn(5)).toEqual({
      deliveries: [CONSUMER_LIMITS.deliveriesAlone, 3, 3, 1, 1],
      statements: [['new', 'newer'], ['a'], ['b'], ['c']],
    });
    expect(await handleAndReturn(5)).toEqual({
      deliveries: [4, 4, 4, 2, 2],
      statements: [['new', 'newer'], ['c'], ['b'], ['a']],
    });
  });

  test('has its turn after the others also where it is the only one', async () => {
    const { bus, pull, work } = await open([lineOf('suspect')]);
    for (let delivery = 1; delivery < CONSUMER_LIMITS.deliveriesAlone; delivery += 1) {
      for (const message of await pull()) message.nak();
    }
    const [suspect] = await pull();
    await publish(bus, [lineOf('new'), lineOf('newer')]);
    const statements: string[][] = [];
    const handle = async (events: Event[]) => {
      statements.push(events.map(({ id }) => id));
      return [];
    };
    const others: Awaited<ReturnType<typeof pull>> = [];
    while (others.length < 2) others.push(...(await pull()));
    await work({ handle }, [suspect as (typeof others)[0], ...others]);
    expect(statements).toEqual([['new', 'newer'], ['suspect']]);
  });
});
