import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { eventually } from '../../tests/harness/engines.ts';
import { freeze } from '../../tests/harness/freeze.ts';
import {
  callOf,
  type Event,
  openIngestion,
  otherId,
  publishedOf,
  userId,
} from '../../tests/harness/ingestion.ts';
import { createTestRuntime, openTestCache } from '../../tests/harness/runtime.ts';
import { eventIdOf } from '../../sdk/contracts/events/event-id.ts';
import { isUuid } from '../../sdk/contracts/common.ts';
import { EVENT_IDS, receiveEvent } from './ingest.ts';
import { EVENT_STAMP_HEADER, newStamp } from '../http/event-stamp.ts';
import { createKeyMemory } from './key-memory.ts';
import type { Principal } from '../http/principal.ts';

// needs: redis

const runtime = createTestRuntime();
const partnerOf = (id: string): Principal => ({
  kind: 'partner',
  id,
  scopes: ['transactions:write'],
  eventsPerSecond: 100,
  tokenVersion: 1,
  tokenExpiresAtMs: Infinity,
});
const idOf = (event: { userId: string; eventId?: string }, key: string | null) =>
  eventIdOf(event, key, EVENT_IDS);

describe("an event's id", () => {
  const key = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 255 });

  test('is its own, in lower case, before any key', () => {
    const eventId = '0198F3A2-7C11-7D3E-9B53-0D6A1F2C4E8A';
    expect(idOf({ userId, eventId }, 'key')).toBe(eventId.toLowerCase());
    expect(idOf({ userId }, eventId)).toBe(eventId.toLowerCase());
  });

  test('of the same user and key is the same, always a UUID; of another user or key another', () => {
    fc.assert(
      fc.property(key, key, (key1, key2) => {
        const id = idOf({ userId }, key1);
        expect(isUuid(id)).toBe(true);
        expect(idOf({ userId: userId.toUpperCase() }, key1)).toBe(id);
        if (!isUuid(key1)) expect(idOf({ userId: otherId }, key1)).not.toBe(id);
        if (key1.toLowerCase() !== key2.toLowerCase()) {
          expect(idOf({ userId }, key2)).not.toBe(id);
        }
      }),
    );
  });

  test('without either is new each time', () => {
    const ids = Array.from({ length: 100 }, () => idOf({ userId }, null));
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(isUuid(id)).toBe(true);
  });
});

describe('receiving one event', () => {
  test('returns only after it is in the stream', async () => {
    const { bus, ingestion } = await openIngestion(runtime);
    const { message } = await receiveEvent(ingestion, callOf({ body: { userId, size: 1 } }));
    expect(message).toMatchObject({ userId, size: 1, traceId: 'trace' });
    expect(await publishedOf(bus)).toEqual([message]);
  });

  test('is a 503 while the broker does not confirm', async () => {
    const { ingestion, nats } = await openIngestion(runtime);
    freeze(nats.pid);
    const receiving = receiveEvent(ingestion, callOf({ body: { userId, size: 1 } }));
    await expect(receiving).rejects.toMatchObject({ status: 503, code: 'broker_unavailable' });
    nats.kill('SIGCONT');
  });

  test('of another user is a 403, of a bad value a 422, and neither is published', async () => {
    const { bus, ingestion } = await openIngestion(runtime);
    const foreign = receiveEvent(ingestion, callOf({ body: { userId: otherId, size: 1 } }));
    await expect(foreign).rejects.toMatchObject({ status: 403, code: 'not_your_user' });
    const bad = receiveEvent(ingestion, callOf({ body: { userId, size: -1 } }));
    await expect(bad).rejects.toMatchObject({ status: 422, errors: [{ path: '/body/size' }] });
    expect(await publishedOf(bus)).toEqual([]);
    const body = { userId: otherId, size: 1 };
    await receiveEvent(ingestion, callOf({ body, principal: { kind: 'internal' } }));
    expect(await publishedOf(bus)).toHaveLength(1);
  });

  test('its source is the principal, also when another sends it again under its id', async () => {
    const { bus, ingestion } = await openIngestion(runtime);
    const body = { userId, size: 1, eventId: Bun.randomUUIDv7() };
    await receiveEvent(ingestion, callOf({ body }));
    await receiveEvent(ingestion, callOf({ body, principal: { kind: 'internal' } }));
    expect((await publishedOf(bus)).map(({ source }) => source)).toEqual(['customer', 'platform']);
  });
});

describe('an event that was stamped on its way', () => {
  const stampedCall = (stamp: string, body: Event = { userId, size: 1 }) =>
    callOf({
      body,
      text: JSON.stringify(body),
      request: new Request('http://localhost/', { headers: { [EVENT_STAMP_HEADER]: stamp } }),
    });

  test('has one id and the time of its stamp, however often it is sent', async () => {
    const { ingestion } = await openIngestion(runtime);
    const timed = { ...ingestion, toMessage: timedMessage };
    const stamp = newStamp();
    const first = await receiveEvent(timed, stampedCall(stamp));
    const again = await receiveEvent({ ...timed, now: () => Date.now() + 20_000 }, stampedCall(stamp));
    expect(again).toEqual(first);
    expect((first.message.size / 1000).toFixed(3)).toBe(stamp.split('@')[1] ?? '');
  });

  test.each(['1796009592.411', '0.000', '99999999999999999999999.000'])(
    'has an id that begins with the time of its stamp, %p, as new ids do',
    async (seconds) => {
      const { ingestion } = await openIngestion(runtime);
      const { message } = await receiveEvent(ingestion, stampedCall(`${Bun.randomUUIDv7()}@${seconds}`));
      const [, high = '', low = ''] = /^(.{8})-(.{4})-7.{3}-[89ab].{3}-.{12}$/.exec(message.eventId) ?? [];
      expect(Number.parseInt(high + low, 16)).toBe(Math.min(Number(seconds) * 1000, 2 ** 48 - 1));
    },
  );

  test('has an id of its own for each content: a client that sends stamps makes no conflicts by them', async () => {
    const { ingestion } = await openIngestion(runtime);
    const stamp = newStamp();
    const [stampId = ''] = stamp.split('@');
    await receiveEvent(ingestion, stampedCall(newStamp(), { userId, size: 1, eventId: stampId }));
    const ids = await Promise.all(
      [1, 2, 3, 3].map(async (size) => {
        const { message } = await receiveEvent(ingestion, stampedCall(stamp, { userId, size }));
        return message.eventId;
      }),
    );
    expect(new Set([stampId, ...ids]).size).toBe(4);
    expect(ids[2]).toBe(ids[3] ?? '');
  });

  test('keeps its own id and its key before that', async () => {
    const { ingestion } = await openIngestion(runtime);
    const stamp = newStamp();
    const identified = await receiveEvent(
      ingestion,
      stampedCall(stamp, { userId, size: 1, eventId: otherId }),
    );
    expect(identified.message.eventId).toBe(otherId);
    const keyed = await receiveEvent(ingestion, { ...stampedCall(stamp), idempotencyKey: userId });
    expect(keyed.message.eventId).toBe(userId);
  });

  test.each([
    ['of no id', () => `order-1@${(Date.now() / 1000).toFixed(3)}`],
    ['of no time', () => Bun.randomUUIDv7()],
    ['of another unit', () => `${Bun.randomUUIDv7()}@${Date.now()}`],
  ])('is a new one when the stamp is %s', async (_, stampOf) => {
    const { ingestion } = await openIngestion(runtime);
    const stamp = stampOf();
    const timed = { ...ingestion, toMessage: timedMessage };
    const { message } = await receiveEvent(timed, stampedCall(stamp));
    expect(stamp).not.toContain(message.eventId);
    expect(Math.abs(message.size - Date.now())).toBeLessThan(60_000);
  });

  test('keeps its id, and not its time, when the clock is another or the body was slow: it is sent again under it', async () => {
    const { ingestion } = await openIngestion(runtime);
    const timed = { ...ingestion, toMessage: timedMessage };
    for (const seconds of [-3600, -61, 0, 61, 3600]) {
      const stamp = `${Bun.randomUUIDv7()}@${(Date.now() / 1000 + seconds).toFixed(3)}`;
      const { message: first } = await receiveEvent(timed, stampedCall(stamp));
      expect(Math.abs(first.size - Date.now())).toBeLessThan(60_000);
      const later = { ...timed, now: () => Date.now() + 61_000 };
      const { message: again } = await receiveEvent(later, stampedCall(stamp));
      expect(again.eventId).toBe(first.eventId);
    }
  });
});

describe('an event that names itself', () => {
  const isReplayOf = ({ isReplay }: { isReplay: boolean }) => isReplay;

  test('returns the same response the second time, and published again under its first trace', async () => {
    const { bus, ingestion } = await openIngestion(runtime);
    const keyed = { body: { userId, size: 1 }, idempotencyKey: 'order-1' };
    const first = await receiveEvent(ingestion, callOf({ ...keyed, traceId: 'first' }));
    const again = await receiveEvent(ingestion, callOf({ ...keyed, traceId: 'second' }));
    expect([first, again].map(isReplayOf)).toEqual([false, true]);
    expect(again.message).toEqual(first.message);
    expect(await publishedOf(bus)).toEqual([first.message, first.message]);
    const clock = { ms: 1000 };
    const timed = { ...ingestion, now: () => clock.ms, toMessage: timedMessage, contentOf: () => [] };
    const retried = callOf({ body: { userId, size: 1 }, idempotencyKey: 'order-2' });
    await receiveEvent(timed, retried);
    clock.ms = 2000;
    const { message } = await receiveEvent(timed, retried);
    // The clock of the first attempt.
    expect(message.size).toBe(1000);
  });

  const reused = { status: 422, code: 'idempotency_key_reused' };

  test.each([
    ['its key', { userId, size: 1 }, 'key', { userId, size: 2 }, 'key'],
    ['its id', { userId, size: 1, eventId: otherId }, null, { userId, size: 2, eventId: otherId }, null],
    [
      'its id under another key',
      { userId, size: 1, eventId: otherId },
      'k1',
      { userId, size: 2, eventId: otherId },
      'k2',
    ],
    [
      'its key with another id',
      { userId, size: 1, eventId: otherId },
      'k',
      { userId, size: 1, eventId: userId },
      'k',
    ],
    ['its key with an id at last', { userId, size: 1 }, 'k', { userId, size: 1, eventId: otherId }, 'k'],
    ['its key without the id', { userId, size: 1, eventId: otherId }, 'k', { userId, size: 1 }, 'k'],
  ])(
    'is rejected when %s comes with another body, and not published',
    async (_, first, oneKey, two, twoKey) => {
      const { bus, ingestion } = await openIngestion(runtime);
      const { message } = await receiveEvent(ingestion, callOf({ body: first, idempotencyKey: oneKey }));
      const second = receiveEvent(ingestion, callOf({ body: two, idempotencyKey: twoKey }));
      await expect(second).rejects.toMatchObject(reused);
      expect(await publishedOf(bus)).toEqual([message]);
    },
  );

  test('with two bodies at once is taken with exactly one', async () => {
    const { bus, ingestion } = await openIngestion(runtime);
    for (let round = 0; round < 20; round += 1) {
      const idempotencyKey = `race-${round}`;
      const sizes = [1, 2, 3];
      const attempts = await Promise.allSettled(
        sizes.map((size) => receiveEvent(ingestion, callOf({ body: { userId, size }, idempotencyKey }))),
      );
      expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
    expect(await publishedOf(bus)).toHaveLength(20);
  });

  test("of another customer does not meet this one's key", async () => {
    const { ingestion } = await openIngestion(runtime);
    const idempotencyKey = 'order-1';
    const senders: [string, number][] = [
      [userId, 1],
      [otherId, 2],
    ];
    for (const [sender, size] of senders) {
      const principal: Principal = { kind: 'customer', userId: sender, tokenExpiresAtMs: Infinity };
      const body = { userId: sender, size };
      expect(isReplayOf(await receiveEvent(ingestion, callOf({ body, principal, idempotencyKey })))).toBe(
        false,
      );
    }
  });

  test("of another sender does not meet this one's key: nobody keeps an event out by guessing its key", async () => {
    const { bus, ingestion } = await openIngestion(runtime);
    const senders: Principal[] = [
      { kind: 'customer', userId, tokenExpiresAtMs: Infinity },
      { kind: 'internal' },
      partnerOf('ptn_1'),
      partnerOf('ptn_2'),
    ];
    const send = (principal: Principal, idempotencyKey: string) =>
      receiveEvent(ingestion, callOf({ body: { userId, size: 1 }, principal, idempotencyKey }));
    for (const again of [false, true]) {
      for (const principal of senders) {
        expect(isReplayOf(await send(principal, 'receipt-4711'))).toBe(again);
      }
    }
    const ids = (await publishedOf(bus)).map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(senders.length);
    expect(ids.slice(senders.length)).toEqual(ids.slice(0, senders.length));
    // The platform's keys stand for the ids that they stood for before keys had senders.
    expect(ids[1]).toBe(idOf({ userId }, 'receipt-4711'));
  });

  test('is published when it comes again after a 503', async () => {
    const { bus, ingestion, nats } = await openIngestion(runtime);
    const call = callOf({ body: { userId, size: 1 }, idempotencyKey: 'order-1' });
    freeze(nats.pid);
    await expect(receiveEvent(ingestion, call)).rejects.toMatchObject({ status: 503 });
    nats.kill('SIGCONT');
    await eventually('the broker is back', () => bus.ping().then(() => true));
    const { message } = await receiveEvent(ingestion, call);
    expect(await publishedOf(bus)).toContainEqual(message);
  });

  test('is taken without Redis, and after the secret was rotated', async () => {
    const { ingestion } = await openIngestion(runtime);
    const away = await openTestCache(runtime, 'redis://127.0.0.1:1');
    const withoutRedis = createKeyMemory({ cache: away, secretKey: 'secret', topic: 'transactions' });
    const shared = await openTestCache(runtime);
    await eventually('redis is connected', () => shared.ping().then(() => true));
    const memories = ['secret', 'new,secret'].map((secretKey) =>
      createKeyMemory({ cache: shared, secretKey, topic: 'transactions' }),
    );
    for (const [index, memory] of [withoutRedis, withoutRedis, ...memories].entries()) {
      const call = callOf({ body: { userId, size: index }, idempotencyKey: 'order-1' });
      expect(isReplayOf(await receiveEvent({ ...ingestion, memory }, call))).toBe(false);
    }
  });

  test('leaves nothing readable in Redis', async () => {
    const cache = await openTestCache(runtime);
    const entries: { key: string; value: string }[] = [];
    const memory = createKeyMemory({
      cache: { setAbsent: (pairs, ttl) => (entries.push(...pairs), cache.setAbsent(pairs, ttl)) },
      secretKey: crypto.randomUUID(),
      topic: 'transactions',
    });
    const { ingestion } = await openIngestion(runtime);
    const call = callOf({ body: { userId, size: 41_425 }, idempotencyKey: 'order-1' });
    await receiveEvent({ ...ingestion, memory }, call);
    expect(entries).toHaveLength(1);
    for (const secret of [userId, '41425', 'order-1']) expect(JSON.stringify(entries)).not.toContain(secret);
  });
});

/** A message that carries its time, as a transaction without `occurredAt` does. */
const timedMessage = (
  event: Event,
  { eventId, traceId, atMs }: { eventId: string; traceId: string; atMs: number },
) => ({
  ...event,
  size: atMs,
  eventId,
  traceId,
});
