import { describe, expect, test } from 'bun:test';
import { type BatchEvent, lineOf, openBatchWorker, publishMessages } from '../../tests/harness/batch.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { listDeadLetters } from '../dead-letters/dead-letter.ts';
import { problem } from '../kernel/errors.ts';
import type { Message } from '../messaging/message.ts';
import { CONSUMER_LIMITS } from '../messaging/topology.ts';
import type { EventRejection } from './event-rejection.ts';

const runtime = createTestRuntime();
const open = (texts: string[]) => openBatchWorker(runtime, texts);
const DAY_MS = 24 * 60 * 60 * 1000;

/** Rejects an event whose id is a code. */
const rejectById = async (events: BatchEvent[]): Promise<EventRejection[]> =>
  events.flatMap(({ id }, index) => {
    if (id === 'good') return [];
    return [
      { index, code: id, message: 'no', isDropped: id === 'customer_erased' || id === 'consent_missing' },
    ];
  });

/** A copy of a message, to change a part of it. */
const messageOf = (message: Message): Message => ({
  subject: message.subject,
  data: message.data,
  info: message.info,
  ack: () => message.ack(),
  nak: () => message.nak(),
  working: () => message.working(),
});

describe('the events of a batch', () => {
  test('are counted by what became of them, and the stored ones for each message', async () => {
    const { bus, work, unacknowledged, untilUnacknowledged, metric, logged } = await open([
      ['good', 'customer_erased', 'consent_missing', 'good', 'unknown_user'].map(lineOf).join('\n'),
      ['customer_erased', 'customer_erased'].map(lineOf).join('\n'),
      lineOf('consent_missing'),
      lineOf('good'),
      'no event',
    ]);
    const observed: (number | undefined)[] = [];
    const strays: number[][] = [];
    const events = await work({
      handle: rejectById,
      observeStorage: (_seconds, count) => void observed.push(count),
      async onErased(messages) {
        strays.push(messages.map(({ info }) => info.streamSequence));
        expect(await unacknowledged()).toBe(5);
      },
    });
    expect(events).toBe(9);
    expect(await metric('ecs_events_consumed_total{durable="emotion-processing",outcome="stored"}')).toBe(3);
    expect(await metric('ecs_events_consumed_total{durable="emotion-processing",outcome="dropped"}')).toBe(5);
    expect(await metric('ecs_events_consumed_total{durable="emotion-processing",outcome="parked"}')).toBe(2);
    const dropped = (reason: string) =>
      metric(`ecs_events_dropped_total{durable="emotion-processing",reason="${reason}"}`);
    expect([await dropped('customer_erased'), await dropped('consent_missing')]).toEqual([3, 2]);
    expect(await metric('ecs_messages_redelivered_total')).toBe(undefined);
    // Only the first message and the fourth have stored events.
    expect(observed).toEqual([2, 1]);
    // A message is noted once, and before it is acknowledged.
    expect(strays).toEqual([[1, 2]]);
    await untilUnacknowledged(0);
    const letters = await listDeadLetters(bus);
    expect(letters.map(({ sequence, line, code }) => `${sequence}:${line} ${code}`).toSorted()).toEqual([
      '1:5 unknown_user',
      '5:1 invalid',
    ]);
    expect(logged).toMatchObject([{ rejections: { unknown_user: 1, invalid: 1 }, msg: 'dead-lettered' }]);
  });

  test('take the time from the acknowledgement by the broker, and none where its clock is ahead', async () => {
    const { pull, work } = await open([lineOf('late'), lineOf('early')]);
    const messages: Awaited<ReturnType<typeof pull>> = [];
    while (messages.length < 2) messages.push(...(await pull()));
    const [late, early] = messages.map((message, index) => ({
      ...messageOf(message),
      info: { ...message.info, timestampNanos: 1e6 * (Date.now() + (index === 0 ? -DAY_MS : DAY_MS)) },
    }));
    const observed: number[] = [];
    await work({ observeStorage: (seconds) => void observed.push(seconds) }, [
      late,
      early,
    ] as typeof messages);
    expect(observed).toEqual([expect.closeTo(DAY_MS / 1000, -1), 0]);
  });

  test('say nothing of erased customers where there are none, and are dropped where nobody notes them', async () => {
    const { bus, work, untilUnacknowledged } = await open([lineOf('consent_missing')]);
    let notes = 0;
    const onErased = async () => void (notes += 1);
    expect(await work({ handle: rejectById, onErased })).toBe(1);
    await publishMessages(bus, [lineOf('customer_erased')]);
    expect(await work({ handle: rejectById })).toBe(1);
    await untilUnacknowledged(0);
    expect(notes).toBe(0);
    expect(await listDeadLetters(bus)).toEqual([]);
  });

  test('that cannot be read cost no statement', async () => {
    const { work } = await open(['no event']);
    let statements = 0;
    const handle = async () => {
      statements += 1;
      return [];
    };
    expect([await work({ handle }), statements]).toEqual([0, 0]);
  });

  test('keep their line numbers beside blank lines, which are nothing; a good batch says nothing', async () => {
    const { bus, work, logged } = await open([`${lineOf('good')}\n\n \t\nno event\n`, `${lineOf('good')}\n`]);
    expect(await work({})).toBe(2);
    expect((await listDeadLetters(bus)).map(({ line, payload }) => [line, payload])).toEqual([
      [4, 'no event'],
    ]);
    expect(logged).toMatchObject([{ rejections: { invalid: 1 }, msg: 'dead-lettered' }]);
    logged.length = 0;
    await publishMessages(bus, [lineOf('good')]);
    expect(await work({})).toBe(1);
    expect(logged).toEqual([]);
  });

  test('that cannot be read are dead letters with all that is wrong with them, and the log names the consumer', async () => {
    const { bus, subject, pull, work, logged } = await open(['{"name": 1}']);
    await bus.publish(subject, Uint8Array.of(0xff, 0x7b), { id: Bun.randomUUIDv7() });
    await publishMessages(bus, [lineOf('deadly')]);
    const messages: Awaited<ReturnType<typeof pull>> = [];
    while (messages.length < 3) messages.push(...(await pull()));
    const decode = () => ({
      ok: false as const,
      errors: [
        { path: '/id', message: 'is missing' },
        { path: '/name', message: 'is none' },
      ],
    });
    const [invalid, malformed, last] = messages as [Message, Message, Message];
    const info = { ...last.info, deliveryCount: CONSUMER_LIMITS.deliveriesMax + 1 };
    const deadly = { ...messageOf(last), info };
    expect(await work({ decode }, [invalid, malformed, deadly])).toBe(0);
    const letters = await listDeadLetters(bus);
    expect(letters.map(({ sequence, line, code, message }) => [sequence, line, code, message])).toEqual([
      [1, 1, 'invalid', '/id is missing; /name is none'],
      [2, 0, 'malformed', 'not valid UTF-8'],
      [3, 0, 'delivered_too_often', 'delivered 11 times'],
    ]);
    expect(letters.map(({ bytes }) => bytes)).toEqual([11, 2, lineOf('deadly').length]);
    expect(logged).toMatchObject([{ durable: 'emotion-processing', msg: 'dead-lettered' }]);
  });

  test('go to the store in statements of 2,000 at most', async () => {
    const { work } = await open([Array.from({ length: 4001 }, () => lineOf('good')).join('\n')]);
    const sizes: number[] = [];
    const handle = async ({ length }: BatchEvent[]) => {
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
      const handle = async ({ length }: BatchEvent[]) => {
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
    const { work, untilUnacknowledged, logged } = await open([
      ['good', 'customer_erased'].map(lineOf).join('\n'),
    ]);
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
    await untilUnacknowledged(0);
    expect([attempts, notes]).toEqual([3, 2]);
    const line = { msg: 'waiting to store', durable: 'emotion-processing', error: away.message };
    expect(logged).toMatchObject([line, line]);
  });
});

describe('a message that came more than once', () => {
  test('is counted, and from its third delivery on handled alone after the others, in an order that turns', async () => {
    const ids = ['a', 'b', 'c'];
    const { bus, pull, work, metric } = await open(ids.map(lineOf));
    const statements: string[][] = [];
    const handle = async (events: BatchEvent[]) => {
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
        ...messageOf(message),
        ack: () => {},
      }));
      await work({ handle }, silent);
      for (const message of messages) message.nak();
      return { deliveries, statements: [...statements] };
    };
    expect(await handleAndReturn(3)).toEqual({ deliveries: [1, 1, 1], statements: [ids] });
    expect(await metric('ecs_messages_redelivered_total')).toBe(undefined);
    expect(await handleAndReturn(3)).toEqual({ deliveries: [2, 2, 2], statements: [ids] });
    expect(await metric('ecs_messages_redelivered_total')).toBe(3);
    await publishMessages(bus, [lineOf('new'), lineOf('newer')]);
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
    await publishMessages(bus, [lineOf('new'), lineOf('newer')]);
    const statements: string[][] = [];
    const handle = async (events: BatchEvent[]) => {
      statements.push(events.map(({ id }) => id));
      return [];
    };
    const others: Awaited<ReturnType<typeof pull>> = [];
    while (others.length < 2) others.push(...(await pull()));
    await work({ handle }, [suspect as (typeof others)[0], ...others]);
    expect(statements).toEqual([['new', 'newer'], ['suspect']]);
  });
});
