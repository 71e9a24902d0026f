import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { nanos } from 'nats';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, openTestDatabase, streams } from '../../tests/harness/runtime.ts';
import { problem } from '../kernel/errors.ts';
import { createDeadLetterQueue } from '../dead-letters/dead-letter-queue.ts';
import { handleBatch } from './handle-batch.ts';
import { createLifecycle, pause } from '../kernel/lifecycle.ts';
import { createPull } from '../messaging/pull.ts';
import { ensureConsumer } from '../messaging/durable-consumer.ts';
import { TOPICS } from '../messaging/topics.ts';
import { CONSUMER_LIMITS, consumedBy } from '../messaging/topology.ts';
import { createLineDecoder } from '../kernel/validation.ts';

const runtime = createTestRuntime();
const topic = consumedBy(TOPICS.emotions, 'emotion-processing');
const { stream, subject, durable } = topic;
const decode = createLineDecoder(Type.Object({ id: Type.Integer(), filling: Type.String() }));
type Event = { id: number; filling: string };

const MESSAGES = 6;
const EVENTS_PER_MESSAGE = 100;
const ACK_WAIT_MS = 1000;
/** Longer than a fetch waits: what comes back before was given back. */
const LONG_WAIT_MS = 60_000;

/** Messages of which two are decoded at a time, as one batch. */
async function fetchLargeMessages(ackWaitMs = ACK_WAIT_MS) {
  const { bus } = await openTestBus(runtime);
  await ensureConsumer(bus, topic, streams);
  await bus.client().jsm.consumers.update(stream, durable, { ack_wait: nanos(ackWaitMs) });
  const filling = 'x'.repeat((0.45 * CONSUMER_LIMITS.bytesDecoded) / EVENTS_PER_MESSAGE);
  for (let message = 0; message < MESSAGES; message += 1) {
    const lines = Array.from({ length: EVENTS_PER_MESSAGE }, (_, line) =>
      JSON.stringify({ id: message * EVENTS_PER_MESSAGE + line, filling }),
    );
    await bus.publish(subject, lines.join('\n'), { id: Bun.randomUUIDv7() });
  }
  const messages = await createPull(bus, stream, durable)();
  expect(messages).toHaveLength(MESSAGES);
  const unacknowledged = async () => (await bus.client().jsm.consumers.info(stream, durable)).num_ack_pending;
  const deadLetters = createDeadLetterQueue({ ...runtime, bus, durable });
  return { bus, messages, unacknowledged, deadLetters };
}

describe('a batch of large messages', () => {
  test('is decoded in portions, one after the other, each acknowledged when it is stored', async () => {
    const { bus, messages, unacknowledged, deadLetters } = await fetchLargeMessages();
    const sizes: number[] = [];
    const remaining: number[] = [];
    let inHand = 0;
    let together = 0;
    const handle = async (events: Event[]) => {
      inHand += 1;
      together = Math.max(together, inHand);
      sizes.push(events.length);
      const before = MESSAGES - 2 * (sizes.length - 1);
      await eventually(
        'the portions before are acknowledged',
        async () => (await unacknowledged()) === before,
      );
      remaining.push(before);
      inHand -= 1;
      return [];
    };
    const events = await handleBatch({ ...runtime, bus, durable, deadLetters, decode, handle }, messages);
    expect([events, sizes, remaining, together]).toEqual([600, [200, 200, 200], [6, 4, 2], 1]);
    await eventually('all is acknowledged', async () => (await unacknowledged()) === 0);
  });

  test('is given back after the portion in hand when the process drains', async () => {
    const { bus, messages, unacknowledged, deadLetters } = await fetchLargeMessages(LONG_WAIT_MS);
    const lifecycle = createLifecycle(runtime.log);
    const sizes: number[] = [];
    const handle = async (events: Event[]) => {
      sizes.push(events.length);
      void lifecycle.stop();
      return [];
    };
    expect(
      await handleBatch({ ...runtime, lifecycle, bus, durable, deadLetters, decode, handle }, messages),
    ).toBe(200);
    expect(sizes).toEqual([200]);
    const again = await createPull(bus, stream, durable)();
    expect(again.map(({ info }) => info.streamSequence)).toEqual([3, 4, 5, 6]);
    expect(await unacknowledged()).toBe(4);
  });

  test('keeps what waits for its turn while the database is slow', async () => {
    const { bus, messages, unacknowledged, deadLetters } = await fetchLargeMessages();
    const handle = async () => {
      await pause(0.7 * ACK_WAIT_MS);
      return [];
    };
    const handled = handleBatch({ ...runtime, bus, durable, deadLetters, decode, handle }, messages);
    const another = createPull(bus, stream, durable);
    const stolen = [...(await another()), ...(await another())];
    await handled;
    expect(stolen).toEqual([]);
    await eventually('all is acknowledged', async () => (await unacknowledged()) === 0);
  });

  test('keeps all of it while the database is down, so that none comes again', async () => {
    const { bus, messages, unacknowledged, deadLetters } = await fetchLargeMessages();
    const startedMs = performance.now();
    const handle = async () => {
      if (performance.now() - startedMs < 2.5 * ACK_WAIT_MS)
        throw problem('database_unavailable', { cause: null });
      return [];
    };
    const handled = handleBatch({ ...runtime, bus, durable, deadLetters, decode, handle }, messages);
    // Another worker that asks meanwhile gets nothing.
    const another = createPull(bus, stream, durable);
    const stolen = [...(await another()), ...(await another())];
    await handled;
    expect(stolen).toEqual([]);
    await eventually('all is acknowledged', async () => (await unacknowledged()) === 0);
  });

  test('is stored in as many portions at once as are asked for, and no more', async () => {
    const { bus, messages, unacknowledged, deadLetters } = await fetchLargeMessages();
    let inHand = 0;
    const together: number[] = [];
    const handle = async (events: Event[]) => {
      inHand += 1;
      together.push(inHand);
      if (together.length <= 2)
        await eventually('another is stored beside it', async () => together.length >= 2);
      inHand -= 1;
      expect(events).toHaveLength(2 * EVENTS_PER_MESSAGE);
      return [];
    };
    const batch = { ...runtime, bus, durable, deadLetters, decode, handle, portionsAtOnce: 2 };
    expect(await handleBatch(batch, messages)).toBe(MESSAGES * EVENTS_PER_MESSAGE);
    expect([together.length, Math.max(...together)]).toEqual([3, 2]);
    await eventually('all is acknowledged', async () => (await unacknowledged()) === 0);
  });

  test('ends both portions in hand, and gives the rest back, when the process drains', async () => {
    const { bus, messages, unacknowledged, deadLetters } = await fetchLargeMessages(LONG_WAIT_MS);
    const lifecycle = createLifecycle(runtime.log);
    let begun = 0;
    const handle = async () => {
      begun += 1;
      await eventually('both are in hand', async () => begun === 2);
      void lifecycle.stop();
      return [];
    };
    const batch = { ...runtime, lifecycle, bus, durable, deadLetters, decode, handle, portionsAtOnce: 2 };
    expect(await handleBatch(batch, messages)).toBe(4 * EVENTS_PER_MESSAGE);
    const again = await createPull(bus, stream, durable)();
    expect(again.map(({ info }) => info.streamSequence)).toEqual([5, 6]);
    expect(await unacknowledged()).toBe(2);
  });

  test('has one portion at a time where one may have killed its reader, after all the others', async () => {
    const { bus, messages: first, deadLetters } = await fetchLargeMessages();
    // The last two come so often that they are suspect, the others once more.
    let messages = first;
    for (let delivery = 2; delivery <= CONSUMER_LIMITS.deliveriesAlone; delivery += 1) {
      const returned = messages.slice(delivery === 2 ? 0 : -2);
      for (const message of returned) message.nak();
      // A pull may be over between two of them.
      const pull = createPull(bus, stream, durable);
      const back: typeof messages = [];
      while (back.length < returned.length) back.push(...(await pull()));
      const sequences = new Set(back.map(({ info }) => info.streamSequence));
      messages = [...messages.filter(({ info }) => !sequences.has(info.streamSequence)), ...back];
    }
    let inHand = 0;
    const handled: { ids: number; beside: number }[] = [];
    const handle = async (events: Event[]) => {
      handled.push({ ids: events.length, beside: inHand });
      inHand += 1;
      await bus.ping();
      inHand -= 1;
      return [];
    };
    const batch = { ...runtime, bus, durable, deadLetters, decode, handle, portionsAtOnce: 2 };
    await handleBatch(batch, messages);
    expect(handled).toEqual([
      { ids: 2 * EVENTS_PER_MESSAGE, beside: 0 },
      { ids: 2 * EVENTS_PER_MESSAGE, beside: 1 },
      { ids: EVENTS_PER_MESSAGE, beside: 0 },
      { ids: EVENTS_PER_MESSAGE, beside: 0 },
    ]);
  });

  test('keeps what is in hand for longer than the ack wait, beside a portion that ends', async () => {
    const { bus, messages, unacknowledged, deadLetters } = await fetchLargeMessages();
    let begun = 0;
    const handle = async () => {
      begun += 1;
      // As a portion with many bad events, which are looked for one by one.
      if (begun === 1) await pause(2.5 * ACK_WAIT_MS);
      return [];
    };
    const batch = { ...runtime, bus, durable, deadLetters, decode, handle, portionsAtOnce: 2 };
    const handled = handleBatch(batch, messages);
    const another = createPull(bus, stream, durable);
    const stolen = [...(await another()), ...(await another())];
    await handled;
    expect(stolen).toEqual([]);
    await eventually('all is acknowledged', async () => (await unacknowledged()) === 0);
  });

  test('is stored in smaller statements where one of a whole portion would never end in time', async () => {
    const { bus, messages, unacknowledged, deadLetters } = await fetchLargeMessages();
    const database = await openTestDatabase(runtime);
    const sizes: number[] = [];
    const handle = async (events: Event[]) => {
      // A portion has 200 events: 1.8 s, and a statement may take 1.5 s.
      await database.query((sql) => sql`select pg_sleep(${0.009 * events.length})`);
      sizes.push(events.length);
      return [];
    };
    const batch = { ...runtime, bus, durable, deadLetters, decode, handle, portionsAtOnce: 3 };
    expect(await handleBatch(batch, messages)).toBe(MESSAGES * EVENTS_PER_MESSAGE);
    expect(sizes).toEqual(Array.from({ length: MESSAGES }, () => EVENTS_PER_MESSAGE));
    await eventually('all is acknowledged', async () => (await unacknowledged()) === 0);
  });
});
