import { beforeAll, describe, expect, test } from 'bun:test';
import { freeze } from '../../tests/harness/freeze.ts';
import { type DeadLetters, openDeadLetters } from '../../tests/harness/dead-letters.ts';
import { createTestRuntime, openTestBus, streams } from '../../tests/harness/runtime.ts';
import type { Bus } from '../messaging/bus.ts';
import { listDeadLetters, originOf, publishDeadLetters } from './dead-letter.ts';
import type { DeadLetter, DeadLetterId } from './dead-letter-format.ts';
import { listDrops } from './dead-letter-drops.ts';
import { getDeadLetter } from './look-up-letters.ts';
import { ensureConsumer } from '../messaging/durable-consumer.ts';
import { TOPICS, type TopicName } from '../messaging/topics.ts';
import { consumedBy, consumptionsOf } from '../messaging/topology.ts';

const runtime = createTestRuntime();
const LONG_MS = 30_000;
let bus: Bus;
let deadLetters: DeadLetters;

beforeAll(async () => {
  const opened = await openTestBus(runtime);
  bus = opened.bus;
  deadLetters = await openDeadLetters({ natsUrl: opened.nats.url, ...runtime });
  runtime.lifecycle.onClose('dead letters', deadLetters.close);
}, LONG_MS);

/** Publishes a message, takes it off its stream as a worker does, and dead-letters one line of it. */
async function addDeadLetter(
  topic: Exclude<TopicName, 'userNotifications'>,
  code: string,
): Promise<DeadLetter> {
  const [source] = consumptionsOf(TOPICS[topic]);
  if (!source) throw new Error(`nobody consumes ${topic}`);
  const { stream, subject, durable } = source;
  const { js } = bus.client();
  const payload = `{"é": "${Bun.randomUUIDv7()}"}`;
  await ensureConsumer(bus, source, streams);
  await bus.publish(subject, payload, { id: Bun.randomUUIDv7() });
  const message = await js.pull(stream, durable, 2000);
  const rejection = { line: 3, payload, code, message: 'two\r\nlines', origin: originOf(message) };
  expect((await publishDeadLetters(bus, [rejection])).failed).toEqual([]);
  message.ack();
  const letters = await deadLetters.list({ stream, limit: 10_000 });
  const letter = letters.find((candidate) => candidate.payload === payload);
  if (!letter) throw new Error('it is not dead-lettered');
  return letter;
}

const messagesOf = async (stream: string) => (await bus.client().jsm.streams.info(stream)).state.messages;
const isGone = (id: DeadLetterId) =>
  expect(deadLetters.get(id)).rejects.toMatchObject({
    status: 404,
    code: 'dead_letter_not_found',
  });

describe('a dead letter', () => {
  test('says where it comes from, why it was dead-lettered, and keeps the bytes', async () => {
    const letter = await addDeadLetter('transactions', 'refused');
    const { stream, subject } = TOPICS.transactions;
    expect(letter).toMatchObject({
      stream,
      subject,
      line: 3,
      deliveries: 1,
      code: 'refused',
    });
    expect(letter.message).toBe('two lines');
    expect(letter.bytes).toBe(Buffer.byteLength(letter.payload));
    expect(Math.abs(Date.now() - Date.parse(letter.parkedAt))).toBeLessThan(10_000);
    expect(await deadLetters.get(letter.id)).toEqual(letter);
  });

  test('is dead-lettered once however often that is repeated, and another line of it is another', async () => {
    const topic = consumedBy(TOPICS.emotions, 'emotion-processing');
    const { stream, subject, durable } = topic;
    await ensureConsumer(bus, topic, streams);
    await bus.publish(subject, 'a\nb', { id: Bun.randomUUIDv7() });
    const message = await bus.client().js.pull(stream, durable, 2000);
    const before = (await deadLetters.list()).length;
    for (const line of [1, 2, 1, 1, 2]) {
      const rejection = {
        line,
        payload: String(line),
        code: 'invalid',
        message: 'x',
        origin: originOf(message),
      };
      expect((await publishDeadLetters(bus, [rejection])).failed).toEqual([]);
    }
    message.ack();
    expect(await deadLetters.list()).toHaveLength(before + 2);
  });

  test('replayed is back on its own subject, byte for byte, and no longer a dead letter', async () => {
    const { stream, subject } = TOPICS.emotions;
    const letter = await addDeadLetter('emotions', 'refused');
    const { state } = await bus.client().jsm.streams.info(stream);
    expect(await deadLetters.replay(letter.id)).toEqual(letter);
    const again = await bus.client().jsm.streams.getMessage(stream, { seq: state.last_seq + 1 });
    expect(again).toMatchObject({ subject, seq: state.last_seq + 1 });
    expect(new TextDecoder().decode(again.data)).toBe(letter.payload);
    await isGone(letter.id);
    await expect(deadLetters.replay(letter.id)).rejects.toMatchObject({
      status: 404,
    });
    expect((await bus.client().jsm.streams.info(stream)).state.last_seq).toBe(state.last_seq + 1);
  });

  test('replayed by two operators at once reaches its stream once', async () => {
    const letter = await addDeadLetter('emotions', 'refused');
    const before = await messagesOf(TOPICS.emotions.stream);
    const results = await Promise.allSettled([
      deadLetters.replay(letter.id),
      deadLetters.replay(letter.id),
      deadLetters.replay(letter.id),
    ]);
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await messagesOf(TOPICS.emotions.stream)).toBe(before + 1);
    await isGone(letter.id);
  });

  test('dropped is gone and goes nowhere, and who gave it up and why is kept without its payload', async () => {
    const letter = await addDeadLetter('emotions', 'refused');
    const why = { reason: 'a test user', by: 'ada@operations' };
    const before = await messagesOf(TOPICS.emotions.stream);
    expect(await deadLetters.drop(letter.id, why)).toEqual(letter);
    await isGone(letter.id);
    await expect(deadLetters.drop(letter.id, why)).rejects.toMatchObject({
      status: 404,
    });
    expect(await messagesOf(TOPICS.emotions.stream)).toBe(before);
    const [drop, ...otherDrops] = await listDrops(bus, {
      stream: 'emotions',
      limit: 10,
    });
    const { payload, ...record } = letter;
    expect(drop).toEqual({ ...record, ...why, droppedAt: expect.any(String) });
    expect(JSON.stringify(drop)).not.toContain(payload);
    expect(otherDrops).toEqual([]);
  });

  test('that never was is a 404', () => isGone(987_654));
});

describe('the list of dead letters', () => {
  test('is empty on a new broker', async () => {
    const { bus: fresh } = await openTestBus(runtime);
    expect(await listDeadLetters(fresh)).toEqual([]);
  });

  test('is filtered by stream and by code, oldest first, and ends at its limit', async () => {
    const code = `code-${Bun.randomUUIDv7()}`;
    const ids: DeadLetterId[] = [];
    for (const topic of ['transactions', 'emotions', 'transactions', 'creditOffersApproved'] as const) {
      ids.push((await addDeadLetter(topic, code)).id);
    }
    await addDeadLetter('transactions', 'another');
    const idsOf = async (filter: Parameters<DeadLetters['list']>[0]) =>
      (await deadLetters.list(filter)).map(({ id }) => id);
    expect(await idsOf({ code })).toEqual(ids);
    expect(await idsOf({ code, stream: 'transactions' })).toEqual([ids[0], ids[2]] as DeadLetterId[]);
    expect(await idsOf({ code, limit: 2 })).toEqual(ids.slice(0, 2));
    expect(await idsOf({ code: 'no such code' })).toEqual([]);
  });

  test('reads past many letters that it does not want', async () => {
    const { bus: ownBus, nats } = await openTestBus(runtime);
    const letters = await openDeadLetters({ natsUrl: nats.url, ...runtime });
    runtime.lifecycle.onClose('own dead letters', letters.close);
    const send = (index: number, code: string) =>
      ownBus.publish('dead-letters.emotions', `${index}`, {
        id: `${index}`,
        headers: { 'Ecs-Code': code },
      });
    for (let from = 0; from < 1200; from += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => send(from + index, 'common')));
    }
    await send(1200, 'rare');
    const [rare, ...more] = await letters.list({ code: 'rare', limit: 1 });
    expect(rare?.payload).toBe('1200');
    expect(more).toEqual([]);
    expect(await letters.list({ limit: 5000 })).toHaveLength(1201);
  }, 30_000);

  test('leaves no reader that the broker would remember for long', async () => {
    await addDeadLetter('emotions', 'refused');
    const consumers = await bus.client().jsm.consumers.list('dead-letters').next();
    const idleMs = consumers.map(({ config }) => (config.inactive_threshold ?? 0) / 1e6);
    expect(Math.max(...idleMs)).toBeLessThanOrEqual(10_000);
    expect(Math.min(...idleMs)).toBeGreaterThan(0);
  });

  test('does not take a broker that is silent for a letter that is not there', async () => {
    const { bus: frozen, nats } = await openTestBus(runtime);
    freeze(nats.pid);
    const asking = getDeadLetter(frozen, 1);
    await expect(asking).rejects.toMatchObject({
      status: 503,
      code: 'broker_unavailable',
    });
    nats.kill('SIGCONT');
  });

  test('returns 503 when the broker cannot be reached', async () => {
    const opening = openDeadLetters({
      natsUrl: 'nats://127.0.0.1:1',
      ...runtime,
    });
    await expect(opening).rejects.toMatchObject({
      status: 503,
      code: 'broker_unavailable',
    });
  }, 15_000);
});
