import { beforeAll, expect, test } from 'bun:test';
import { createTestRuntime, openTestBus, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { eventually } from '../../../tests/harness/engines.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { Bus } from '../../../platform/messaging/bus.ts';
import { TOPICS } from '../../../platform/messaging/topics.ts';
import { createNotificationFeed } from './follow-notifications.ts';

const runtime = createTestRuntime();
const HOUR_MS = 3_600_000;
let database: Database;
let bus: Bus;
beforeAll(async () => {
  database = await openTestDatabase(runtime);
  ({ bus } = await openTestBus(runtime));
});

/** Makes a feed, and keeps its sleeps, each with its length, until the test ends them. */
function openFeed(limits = { total: 10, perCustomer: 10 }) {
  const sleeps: { ms: number; end: () => void }[] = [];
  const feed = createNotificationFeed({
    ...runtime,
    database,
    bus,
    limits,
    sleep: (ms, signal) =>
      new Promise<void>((resolve) => {
        sleeps.push({ ms, end: resolve });
        signal?.addEventListener('abort', () => resolve());
      }),
  });
  return { feed, sleeps };
}

/** Opens a stream, and returns a read of its next text. */
function follow(
  feed: ReturnType<typeof openFeed>['feed'],
  change: { userId?: string; address?: string; untilMs?: number; after?: number } = {},
) {
  const departure = new AbortController();
  const response = feed.follow({
    userId: Bun.randomUUIDv7(),
    address: '203.0.113.9',
    after: 0,
    untilMs: Date.now() + HOUR_MS,
    signal: departure.signal,
    ...change,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  return { readText: async () => (await reader.read()).value, leave: () => departure.abort() };
}

test('a stream without news has a heartbeat after 10 s of silence each time', async () => {
  const { feed, sleeps } = openFeed();
  const { readText, leave } = follow(feed);
  expect(await readText()).toBe(': connected\n\n');
  for (let beat = 0; beat < 3; beat += 1) {
    const next = readText();
    await eventually('the stream waits', () => sleeps.length === beat + 1);
    expect(sleeps[beat]?.ms).toBe(10_000);
    sleeps[beat]?.end();
    expect(await next).toBe(': heartbeat\n\n');
  }
  leave();
});

test('a stream ends with its token, before the next heartbeat', async () => {
  const { feed, sleeps } = openFeed();
  const untilMs = Date.now() + 9000;
  const { readText, leave } = follow(feed, { untilMs });
  await readText();
  void readText();
  await eventually('the stream waits', () => sleeps.length === 1);
  expect(sleeps[0]?.ms).toBeWithin(1, 9001);
  leave();
  const { readText: readEndedText } = follow(feed, { untilMs: Date.now() });
  await readEndedText();
  const last = readEndedText();
  await eventually('the stream of a token that has ended waits for nothing', () => sleeps.length === 2);
  expect(sleeps[1]?.ms).toBe(0);
  sleeps[1]?.end();
  expect(await last).toContain('event: end');
});

test('news of a customer wakes its streams, and nobody else', async () => {
  const { feed, sleeps } = openFeed();
  const [userId, strangerId] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()];
  const streams = [follow(feed, { userId }), follow(feed, { userId: strangerId })];
  for (const { readText } of streams) await readText();
  const [woken, asleep] = streams.map(({ readText }) => readText());
  await eventually('both wait', () => sleeps.length === 2);
  const { subject } = TOPICS.userNotifications;
  await bus.publish(subject, JSON.stringify({ userId }), { id: Bun.randomUUIDv7() });
  expect(await woken).toBe(': heartbeat\n\n');
  expect(await Promise.race([asleep, Promise.resolve('asleep')])).toBe('asleep');
  for (const { leave } of streams) leave();
});

test('a place that the server has not reached begins with a reset to where it is', async () => {
  const { feed } = openFeed();
  const { readText, leave } = follow(feed, { after: 5 });
  await readText();
  expect(await readText()).toBe('id: 0\nevent: reset\ndata: {"position":0}\n\n');
  leave();
});

test('a customer has so many streams, all customers together so many, and a stream that ends is no longer one', async () => {
  const { feed } = openFeed({ total: 3, perCustomer: 2 });
  const userId = Bun.randomUUIDv7();
  const [first] = [follow(feed, { userId }), follow(feed, { userId })];
  expect(() => follow(feed, { userId })).toThrow(
    expect.objectContaining({ code: 'too_many_streams', retryAfterSeconds: 5 }),
  );
  follow(feed);
  expect(feed.open()).toBe(3);
  expect(() => follow(feed)).toThrow(expect.objectContaining({ code: 'overloaded' }));
  await first.readText();
  first.leave();
  void first.readText();
  await eventually('its place is free', () => feed.open() === 2);
  follow(feed, { userId });
  expect(() => follow(feed, { userId })).toThrow(expect.objectContaining({ code: 'too_many_streams' }));
});

async function readToEnd(stream: ReturnType<typeof follow> | undefined): Promise<void> {
  while ((await stream?.readText()) !== undefined);
}

test('strangers of one address keep nobody out, however many accounts they have, and whether they read', async () => {
  const { feed } = openFeed({ total: 4, perCustomer: 2 });
  const strangers = Array.from({ length: 4 }, () => follow(feed));
  await strangers[1]?.readText();
  const late = follow(feed, { address: '198.51.100.1' });
  expect(feed.open()).toBe(4);
  await expect(readToEnd(strangers[0])).rejects.toThrow('slot');
  expect(() => follow(feed)).toThrow(expect.objectContaining({ code: 'overloaded' }));
  const next = follow(feed, { address: '198.51.100.1' });
  await expect(readToEnd(strangers[1])).rejects.toThrow('slot');
  // Both have two: neither takes one of the other.
  expect(() => follow(feed, { address: '198.51.100.1' })).toThrow(
    expect.objectContaining({ code: 'overloaded' }),
  );
  for (const { readText } of [late, next]) expect(await readText()).toBe(': connected\n\n');
  expect(feed.open()).toBe(4);
});
