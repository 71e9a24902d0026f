import { describe, expect, test } from 'bun:test';
import { LIMITS } from '../../sdk/contracts/common.ts';
import {
  callOf,
  openIngestion,
  otherId,
  publishedOf,
  receivedOf,
  userId,
} from '../../tests/harness/ingestion.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';

// needs: redis

const runtime = createTestRuntime();

describe('receiving a batch', () => {
  const line = (changes: object = {}) => JSON.stringify({ userId, size: 1, ...changes });

  test('publishes the good lines in order and names the others by their numbers', async () => {
    const { bus, batch } = await openIngestion(runtime);
    const text = [
      line({ size: 10 }),
      '',
      '{broken',
      line({ userId: otherId }),
      line({ size: 'x' }),
      line({ size: -1 }),
      `${line({ size: 20 })}\r`,
      '',
    ].join('\n');
    const received = await receivedOf(batch(callOf({ text })));
    expect(received).toMatchObject({ accepted: 2, traceId: 'trace' });
    expect(received.rejected.map((rejection) => [rejection.line, rejection.code])).toEqual([
      [3, 'malformed_line'],
      [4, 'not_your_user'],
      [5, 'invalid_event'],
      [6, 'invalid_event'],
    ]);
    expect((await publishedOf(bus)).map(({ size }) => size)).toEqual([10, 20]);
  });

  test('has the principal for the source of each line', async () => {
    const { bus, batch } = await openIngestion(runtime);
    await batch(callOf({ text: [line(), line()].join('\n') }));
    const text = [line(), line({ userId: otherId })].join('\n');
    await batch(callOf({ text, principal: { kind: 'internal' } }));
    const sources = (await publishedOf(bus)).map(({ source }) => source);
    expect(sources).toEqual(['customer', 'customer', 'platform', 'platform']);
  });

  test('sent again under its key gives every line the id it had', async () => {
    const { bus, batch } = await openIngestion(runtime);
    const call = callOf({ text: [line(), line(), line()].join('\n'), idempotencyKey: Bun.randomUUIDv7() });
    await batch(call);
    await batch(call);
    const ids = (await publishedOf(bus)).map(({ eventId }) => eventId);
    expect(ids.slice(3)).toEqual(ids.slice(0, 3));
    expect(new Set(ids).size).toBe(3);
  });

  test('of another sender under the same key has lines of its own', async () => {
    const { bus, batch } = await openIngestion(runtime);
    const call = callOf({ text: [line(), line()].join('\n'), idempotencyKey: 'batch-1' });
    for (let time = 0; time < 2; time += 1) {
      await batch(call);
      await batch({ ...call, principal: { kind: 'internal' } });
    }
    const ids = (await publishedOf(bus)).map(({ eventId }) => eventId);
    expect(new Set(ids.slice(0, 4)).size).toBe(4);
    expect(ids.slice(4)).toEqual(ids.slice(0, 4));
  });

  test('returns the same response the second time', async () => {
    const { batch } = await openIngestion(runtime);
    const text = [line(), line({ size: -1 })].join('\n');
    const call = (traceId: string) => callOf({ text, idempotencyKey: 'batch-1', traceId });
    const first = await receivedOf(batch(call('first')));
    const again = await batch(call('second'));
    if (!(again instanceof Response)) throw new Error('it was taken for a new one');
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect([again.status, await again.json()]).toEqual([202, first]);
  });

  test('corrected under its key has its corrected lines, and every other line with the id it had', async () => {
    const { bus, batch } = await openIngestion(runtime);
    const send = async (idempotencyKey: string, ...sizes: number[]) => {
      const text = sizes.map((size) => line({ size })).join('\n');
      const { accepted } = await receivedOf(batch(callOf({ text, idempotencyKey })));
      const ids = (await publishedOf(bus)).slice(-accepted).map(({ eventId }) => eventId);
      return { accepted, ids };
    };
    // Two equal purchases are two.
    const first = await send('batch-1', 5, 1, -1, 3, 5);
    expect([first.accepted, new Set(first.ids).size]).toEqual([4, 4]);
    const corrected = await send('batch-1', 2, 5, 5, 3);
    expect(corrected.ids.slice(1)).toEqual([first.ids[0], first.ids[3], first.ids[2]] as string[]);
    expect(first.ids).not.toContain(corrected.ids[0] ?? '');
    const underAnotherKey = await send('batch-2', 5, 1);
    expect(first.ids).not.toContain(underAnotherKey.ids[0] ?? '');
  });

  test('has its lines rejected whose own ids came with other content', async () => {
    const { bus, batch } = await openIngestion(runtime);
    const [firstId, secondId] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()];
    const lines = (...entries: [string, number][]) =>
      entries.map(([eventId, size]) => line({ eventId, size })).join('\n');
    await batch(callOf({ text: lines([firstId, 1]) }));
    const text = lines([firstId, 1], [firstId, 2], [secondId, 3], [secondId, 4], [secondId, 3]);
    expect(await receivedOf(batch(callOf({ text })))).toMatchObject({
      accepted: 3,
      rejected: [
        { line: 2, code: 'idempotency_key_reused' },
        { line: 4, code: 'idempotency_key_reused' },
      ],
    });
    const sizes = (await publishedOf(bus)).map(({ size }) => size);
    expect(sizes).toEqual([1, 1, 3, 3]);
    const none = batch(callOf({ text: lines([firstId, 9]) }));
    await expect(none).rejects.toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  });

  test.each([
    ['nothing', '\n \n', 422, 'invalid_request'],
    ['only bad lines', '{\n[]', 422, 'invalid_request'],
    ['only events of others', line({ userId: otherId }), 403, 'not_your_user'],
    ['more lines than may be', `${line()}\n`.repeat(LIMITS.batchLinesMax + 1), 422, 'invalid_request'],
  ])('of %s is rejected as a whole', async (_, text, status, code) => {
    const { bus, batch } = await openIngestion(runtime);
    await expect(batch(callOf({ text }))).rejects.toMatchObject({ status, code });
    expect(await publishedOf(bus)).toEqual([]);
  });

  test('of as many lines as may be is taken', async () => {
    const { bus, batch } = await openIngestion(runtime);
    const text = `${line()}\n`.repeat(LIMITS.batchLinesMax);
    expect(await batch(callOf({ text }))).toMatchObject({ accepted: LIMITS.batchLinesMax, rejected: [] });
    expect(await publishedOf(bus)).toHaveLength(LIMITS.batchLinesMax);
  });
});
