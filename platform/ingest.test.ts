import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import fc from 'fast-check';
import { Closed, LIMITS, Uuid } from '../sdk/contracts/common.ts';
import { freeze } from '../tests/harness/freeze.ts';
import { createTestRuntime, openTestBus } from '../tests/harness/runtime.ts';
import type { Bus } from './bus.ts';
import type { Call } from './service.ts';
import { createBatchReceiver, eventIdOf, type Ingestion, receiveEvent } from './ingest.ts';
import type { Caller } from './request.ts';
import { TOPICS } from './topology.ts';

const runtime = createTestRuntime();
const Event = Closed({ userId: Uuid, eventId: Type.Optional(Uuid), size: Type.Number() });
type Event = { userId: string; eventId?: string; size: number };
type Message = Event & { eventId: string; traceId: string };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const userId = Bun.randomUUIDv7();
const other = Bun.randomUUIDv7();
const customer: Caller = { kind: 'customer', userId };

async function setUp() {
  const { bus, nats } = await openTestBus(runtime);
  const ingestion: Ingestion<Event, Message> = {
    bus,
    topic: 'transactions',
    toMessage: (event, id) =>
      event.size < 0 ? { path: '/size', message: 'must not be negative' } : { ...event, ...id },
  };
  return { bus, nats, ingestion, batch: createBatchReceiver(ingestion, Event) };
}

function callOf<Body>(changes: Partial<Call<Body>>): Call<Body> {
  const request = new Request('http://localhost/');
  return {
    caller: customer,
    params: {},
    body: undefined as Body,
    query: undefined,
    text: '',
    request,
    requestId: 'request',
    traceId: 'trace',
    idempotencyKey: null,
    clientAddress: () => '203.0.113.9',
    ...changes,
  };
}

async function publishedOf(bus: Bus): Promise<Message[]> {
  const { jsm } = bus.client();
  const { stream } = TOPICS.transactions;
  const { state } = await jsm.streams.info(stream);
  const messages: Message[] = [];
  for (let seq = 1; seq <= state.last_seq; seq += 1) {
    const text = new TextDecoder().decode((await jsm.streams.getMessage(stream, { seq })).data);
    messages.push(...text.split('\n').map((line) => JSON.parse(line) as Message));
  }
  return messages;
}

describe("an event's id", () => {
  const key = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 255 });

  test('is its own, in lower case, before any key', () => {
    const eventId = '0198F3A2-7C11-7D3E-9B53-0D6A1F2C4E8A';
    expect(eventIdOf({ userId, eventId }, 'key')).toBe(eventId.toLowerCase());
    expect(eventIdOf({ userId }, eventId)).toBe(eventId.toLowerCase());
  });

  test('of the same user and key is the same, always a UUID; of another user or key another', () => {
    fc.assert(
      fc.property(key, key, (one, another) => {
        const id = eventIdOf({ userId }, one);
        expect(id).toMatch(UUID);
        expect(eventIdOf({ userId: userId.toUpperCase() }, one)).toBe(id);
        if (!UUID.test(one.toLowerCase())) expect(eventIdOf({ userId: other }, one)).not.toBe(id);
        if (one.toLowerCase() !== another.toLowerCase()) {
          expect(eventIdOf({ userId }, another)).not.toBe(id);
        }
      }),
    );
  });

  test('without either is new each time', () => {
    const ids = Array.from({ length: 100 }, () => eventIdOf({ userId }, null));
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(id).toMatch(UUID);
  });
});

describe('receiving one event', () => {
  test('answers only after it is in the stream', async () => {
    const { bus, ingestion } = await setUp();
    const message = await receiveEvent(ingestion, callOf({ body: { userId, size: 1 } }));
    expect(message).toMatchObject({ userId, size: 1, traceId: 'trace' });
    expect(await publishedOf(bus)).toEqual([message]);
  });

  test('is a 503 while the broker does not confirm', async () => {
    const { ingestion, nats } = await setUp();
    freeze(nats.pid);
    const receiving = receiveEvent(ingestion, callOf({ body: { userId, size: 1 } }));
    await expect(receiving).rejects.toMatchObject({ status: 503, code: 'broker_unavailable' });
    nats.kill('SIGCONT');
  });

  test('of another user is a 403, of a bad value a 422, and neither is published', async () => {
    const { bus, ingestion } = await setUp();
    const foreign = receiveEvent(ingestion, callOf({ body: { userId: other, size: 1 } }));
    await expect(foreign).rejects.toMatchObject({ status: 403, code: 'not_your_user' });
    const bad = receiveEvent(ingestion, callOf({ body: { userId, size: -1 } }));
    await expect(bad).rejects.toMatchObject({ status: 422, errors: [{ path: '/body/size' }] });
    expect(await publishedOf(bus)).toEqual([]);
    const body = { userId: other, size: 1 };
    await receiveEvent(ingestion, callOf({ body, caller: { kind: 'internal' } }));
    expect(await publishedOf(bus)).toHaveLength(1);
  });
});

describe('receiving a batch', () => {
  const line = (changes: object = {}) => JSON.stringify({ userId, size: 1, ...changes });

  test('publishes the good lines in order and names the others by their numbers', async () => {
    const { bus, batch } = await setUp();
    const text = [
      line({ size: 10 }),
      '',
      '{broken',
      line({ userId: other }),
      line({ size: 'x' }),
      line({ size: -1 }),
      `${line({ size: 20 })}\r`,
      '',
    ].join('\n');
    const received = await batch(callOf({ text }));
    expect(received).toMatchObject({ accepted: 2, traceId: 'trace' });
    expect(received.rejected.map((one) => [one.line, one.code])).toEqual([
      [3, 'malformed_line'],
      [4, 'not_your_user'],
      [5, 'invalid_event'],
      [6, 'invalid_event'],
    ]);
    expect((await publishedOf(bus)).map(({ size }) => size)).toEqual([10, 20]);
  });

  test('sent again under its key gives every line the id it had', async () => {
    const { bus, batch } = await setUp();
    const call = callOf({ text: [line(), line(), line()].join('\n'), idempotencyKey: Bun.randomUUIDv7() });
    await batch(call);
    await batch(call);
    const ids = (await publishedOf(bus)).map(({ eventId }) => eventId);
    expect(ids.slice(3)).toEqual(ids.slice(0, 3));
    expect(new Set(ids).size).toBe(3);
  });

  test.each([
    ['nothing', '\n \n', 422, 'invalid_request'],
    ['only bad lines', '{\n[]', 422, 'invalid_request'],
    ['only events of others', line({ userId: other }), 403, 'not_your_user'],
    ['more lines than may be', `${line()}\n`.repeat(LIMITS.batchLinesMax + 1), 422, 'invalid_request'],
  ])('of %s is refused as a whole', async (_, text, status, code) => {
    const { bus, batch } = await setUp();
    await expect(batch(callOf({ text }))).rejects.toMatchObject({ status, code });
    expect(await publishedOf(bus)).toEqual([]);
  });

  test('of as many lines as may be is taken', async () => {
    const { bus, batch } = await setUp();
    const text = `${line()}\n`.repeat(LIMITS.batchLinesMax);
    expect(await batch(callOf({ text }))).toMatchObject({ accepted: LIMITS.batchLinesMax, rejected: [] });
    expect(await publishedOf(bus)).toHaveLength(LIMITS.batchLinesMax);
  });
});
