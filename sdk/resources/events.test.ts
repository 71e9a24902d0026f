import { expect, test } from 'bun:test';
import type { EcsError } from '../core/errors.ts';
import { failureOf, problem, startTestServer, USER } from '../core/test-server.ts';

const emotionEvent = { type: 'calm', metrics: { positivity: 0.8, intensity: 0.3, stress_level: 0.1 } };
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('an event without an id gets one, the same in every attempt', async () => {
  await using server = startTestServer((_, index) =>
    index === 0 ? problem(503, 'away') : Response.json({ status: 'event received' }, { status: 202 }),
  );
  await server.client().emotions.send({ userId: USER, emotionEvent });
  const [first, second] = server.requests.map(({ body }) => JSON.parse(body));
  expect(first.eventId).toMatch(UUID_V7);
  expect(second).toEqual(first);
  expect(server.requests[0]?.headers.get('idempotency-key')).toBe(first.eventId);
  expect(Date.parse(first.timestamp)).toBeGreaterThan(Date.now() - 60_000);
});

test('keeps the id and the time of the caller', async () => {
  await using server = startTestServer(() => Response.json({}, { status: 202 }));
  const { emotions, transactions } = server.client();
  const timestamp = new Date('2026-11-23T09:30:00Z');
  await emotions.send({ userId: USER, timestamp, emotionEvent, eventId: USER });
  await transactions.send({
    userId: USER,
    amount: 1.25,
    occurredAt: '2026-11-23T09:30:00.123456Z',
    eventId: USER,
  });
  const bodies = server.requests.map(({ body }) => JSON.parse(body));
  expect(bodies[0]).toEqual({
    userId: USER,
    timestamp: timestamp.toISOString(),
    emotionEvent,
    eventId: USER,
  });
  expect(bodies[1].occurredAt).toBe('2026-11-23T09:30:00.123456Z');
});

test('a batch is one JSON object per line, each with an id, and the ids are returned', async () => {
  await using server = startTestServer(() =>
    Response.json({ accepted: 3, rejected: [], traceId: 't' }, { status: 202 }),
  );
  const amounts = [1, 2.5, 1000];
  const result = await server
    .client()
    .transactions.sendBatch(amounts.map((amount) => ({ userId: USER, amount })));
  const [request] = server.requests;
  expect(request?.path).toBe('/v1/transactions/batch');
  expect(request?.headers.get('content-type')).toBe('application/x-ndjson');
  const lines = (request?.body ?? '').split('\n').map((line) => JSON.parse(line));
  expect(lines.map(({ amount }) => amount)).toEqual(amounts);
  expect(lines.map(({ eventId }) => eventId)).toEqual(result.eventIds);
  expect(new Set(result.eventIds).size).toBe(3);
  expect(result.accepted).toBe(3);
});

test('an empty batch and one beyond the limits are rejected before anything is sent', async () => {
  await using server = startTestServer(() => Response.json({}));
  const { emotions } = server.client();
  const many = Array.from({ length: 1001 }, () => ({ userId: USER, emotionEvent }));
  const heavy = [{ userId: USER, emotionEvent: { ...emotionEvent, type: 'é'.repeat(600_000) } }];
  expect(((await failureOf(emotions.sendBatch([]))) as EcsError).code).toBe('batch_empty');
  expect(((await failureOf(emotions.sendBatch(many))) as EcsError).code).toBe('batch_too_large');
  expect(((await failureOf(emotions.sendBatch(heavy))) as EcsError).code).toBe('batch_too_large');
  expect(server.requests).toHaveLength(0);
});

test('an event that is no JSON is named before anything is sent, with an idempotency key too', async () => {
  await using server = startTestServer(() => Response.json({ accepted: 1, rejected: [] }));
  const circle: Record<string, unknown> = { userId: USER, amount: 1 };
  circle.self = circle;
  for (const event of [circle, { userId: USER, amount: 1n }, { userId: USER, amount: Number.NaN }]) {
    for (const options of [{}, { idempotencyKey: 'k' }]) {
      const error = await failureOf(server.client().transactions.sendBatch([event as never], options));
      expect(error).toMatchObject({ kind: 'argument', code: 'invalid_argument' });
    }
  }
  expect(server.requests).toEqual([]);
});

test('an idempotency key takes the place of the ids that the client makes, the same in every call', async () => {
  await using server = startTestServer((request) =>
    request.path.endsWith('/batch')
      ? Response.json({ accepted: 3, rejected: [], traceId: 't' }, { status: 202 })
      : Response.json({}, { status: 202 }),
  );
  const idempotencyKey = 'order-17';
  const batches: string[][] = [];
  for (const { transactions } of [server.client(), server.client()]) {
    await transactions.send({ userId: USER, amount: 1 }, { idempotencyKey });
    const events = [
      { userId: USER, amount: 5 },
      { amount: 5, userId: USER },
      { userId: USER, amount: 6 },
    ];
    batches.push((await transactions.sendBatch(events, { idempotencyKey })).eventIds);
  }
  expect(server.requests.map(({ headers }) => headers.get('idempotency-key'))).toEqual(
    Array.from({ length: 4 }, () => idempotencyKey),
  );
  const [single] = server.requests.map(({ body }) => JSON.parse(body.split('\n')[0] ?? ''));
  expect(single.eventId).toBeUndefined();
  expect(single.occurredAtAssigned).toBe(true);
  expect(batches[0]).toEqual(batches[1] as string[]);
  // Two equal purchases are two.
  expect(new Set(batches[0]).size).toBe(3);
  const otherBatch = await server
    .client()
    .transactions.sendBatch([{ userId: USER, amount: 5 }], { idempotencyKey: 'order-18' });
  expect(batches[0]).not.toContain(otherBatch.eventIds[0] ?? '');
});
