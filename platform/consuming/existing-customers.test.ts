import { beforeAll, expect, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import type { EventRejection } from './event-rejection.ts';
import { rejectUnknownCustomers } from './existing-customers.ts';
import type { Database } from '../data/sql.ts';

const runtime = createTestRuntime();
type Event = { userId: string };
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

const unknownCustomers = (count: number) =>
  Array.from({ length: count }, () => ({ userId: Bun.randomUUIDv7() }));
const register = (userId: string) =>
  database.query(
    (sql) => sql`insert into users (id, email, password_hash) values (${userId}, ${userId}, 'x')`,
  );

/** Refuses the unknown by itself, and one event in a way of its own. */
function createHandler(odd?: Event) {
  const batches: Event[][] = [];
  const handle = rejectUnknownCustomers<Event>(database, async (events) => {
    batches.push(events);
    const users = await database.query(
      (sql) => sql`select id from users where id = any(${events.map(({ userId }) => userId)}::uuid[])`,
    );
    const knownIds = new Set(users.map(({ id }) => String(id)));
    return events.flatMap((event, index): EventRejection[] => {
      if (event === odd) return [{ index, code: 'conflict', message: 'odd' }];
      return knownIds.has(event.userId)
        ? []
        : [{ index, code: 'unknown_user', message: 'there is no such user' }];
    });
  });
  return { batches, handle };
}

test('in a flood unknown customers are rejected before the store is called, each event by its place in the batch', async () => {
  const userId = Bun.randomUUIDv7();
  await register(userId);
  const odd = { userId };
  const { batches, handle } = createHandler(odd);
  await handle(unknownCustomers(200));
  const events = [
    ...unknownCustomers(150),
    { userId },
    ...unknownCustomers(1),
    odd,
    { userId: userId.toUpperCase() },
  ];
  const rejections = await handle(events);
  expect(batches[1]).toEqual([events[150], events[152], events[153]] as Event[]);
  const otherRejections = rejections
    .filter(({ index }) => index >= 150)
    .toSorted((a, b) => a.index - b.index);
  expect(otherRejections.slice(0, 2).map(({ index, code }) => [index, code])).toEqual([
    [151, 'unknown_user'],
    [152, 'conflict'],
  ]);
  expect(rejections.filter(({ code }) => code === 'unknown_user').length).toBeGreaterThanOrEqual(151);
});

test('a customer who registers during the flood is stored from then on', async () => {
  const { handle } = createHandler();
  const flood = unknownCustomers(200);
  await handle(flood);
  const [{ userId } = { userId: '' }] = flood;
  await register(userId);
  const rejections = await handle(flood);
  expect(rejections.map(({ index }) => index)).not.toContain(0);
  expect(rejections).toHaveLength(199);
});

test('in a flood a customer is unknown in whichever letters an event spells the id', async () => {
  const { batches, handle } = createHandler();
  await handle(unknownCustomers(200));
  const events = unknownCustomers(2).map(({ userId }) => ({ userId: userId.toUpperCase() }));
  expect((await handle(events)).map(({ index, code }) => [index, code])).toEqual([
    [0, 'unknown_user'],
    [1, 'unknown_user'],
  ]);
  expect(batches).toHaveLength(1);
});

test('without a flood, and after one, a batch costs no statement before the store', async () => {
  const { batches, handle } = createHandler();
  const userId = Bun.randomUUIDv7();
  await register(userId);
  await handle(unknownCustomers(99));
  await handle(unknownCustomers(200));
  await handle(Array.from({ length: 50 }, () => ({ userId })));
  const unknownCustomer = unknownCustomers(1);
  await handle(unknownCustomer);
  expect(batches.at(-1)).toEqual(unknownCustomer);
});

test('a flood are 100 events of unknown customers, when they are half of a batch', async () => {
  const userId = Bun.randomUUIDv7();
  await register(userId);
  const isFlood = async (unknown: number, total: number) => {
    const { batches, handle } = createHandler();
    await handle([
      ...unknownCustomers(unknown),
      ...Array.from({ length: total - unknown }, () => ({ userId })),
    ]);
    await handle(unknownCustomers(1));
    return batches.length === 1;
  };
  expect(await isFlood(100, 100)).toBe(true);
  expect(await isFlood(99, 99)).toBe(false);
  expect(await isFlood(100, 200)).toBe(true);
  expect(await isFlood(100, 201)).toBe(false);
});

test('the first batch of a worker costs no statement before the store, and other rejections are no flood', async () => {
  const first = createHandler();
  const events = unknownCustomers(3);
  await first.handle(events);
  expect(first.batches).toEqual([events]);
  const handled: Event[][] = [];
  const handle = rejectUnknownCustomers<Event>(database, async (batch) => {
    handled.push(batch);
    return batch.map((_, index) => ({ index, code: 'conflict', message: 'other content' }));
  });
  await handle(unknownCustomers(200));
  await handle(events);
  expect(handled[1]).toEqual(events);
});
