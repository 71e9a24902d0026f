import { beforeAll, expect, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import type { Database } from '../data/sql.ts';
import type { Message } from '../messaging/message.ts';
import { createCustomerHash } from '../privacy/customer-hash.ts';
import { dropErased, noteStrays } from './erased-customers.ts';
import type { EventRejection } from './event-rejection.ts';

const runtime = createTestRuntime();
const hashOf = createCustomerHash('a key of the tests, which is long enough');
const [erased, unknown] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()];
let database: Database;
/** The statements on the ledger. */
let statements = 0;

beforeAll(async () => {
  const opened = await openTestDatabase(runtime);
  await opened.query(
    (sql) => sql`insert into erasures (customer_hash, requested_by) values (${hashOf(erased)}, 'customer')`,
  );
  const query: Database['query'] = (...args) => {
    statements += 1;
    return opened.query(...args);
  };
  database = { ...opened, query };
});

const rejection = (index: number, code: string): EventRejection => ({ index, code, message: 'no' });
const handleWith = (rejections: EventRejection[], events: { userId: string }[], hash = hashOf) => {
  statements = 0;
  return dropErased({ database, hashOf: hash }, () => Promise.resolve(rejections))(events);
};
const dropped = { code: 'customer_erased', isDropped: true };

test('an event without its customer is dropped when the customer was erased, and else rejected as it was', async () => {
  const events = [erased, unknown, erased, erased, unknown].map((userId) => ({ userId }));
  const rejections = [
    rejection(0, 'unknown_user'),
    rejection(1, 'unknown_user'),
    rejection(2, 'conflict'),
    rejection(3, 'offer_not_accepted'),
    rejection(4, 'refused'),
    rejection(9, 'unknown_user'),
  ];
  let hashed = 0;
  const counting = (userId: string) => {
    hashed += 1;
    return hashOf(userId);
  };
  expect(await handleWith(rejections, events, counting)).toEqual([
    { ...rejection(0, ''), ...dropped },
    rejection(1, 'unknown_user'),
    rejection(2, 'conflict'),
    { ...rejection(3, ''), ...dropped },
    rejection(4, 'refused'),
    rejection(9, 'unknown_user'),
  ]);
  // One statement for all, one hash a customer.
  expect([statements, hashed]).toEqual([1, 2]);
});

test('a single event of an erased customer is dropped', async () => {
  const rejections = [rejection(0, 'unknown_user')];
  expect(await handleWith(rejections, [{ userId: erased }])).toEqual([{ ...rejection(0, ''), ...dropped }]);
});

test('events that are rejected for another reason, or not at all, cost no look into the ledger', async () => {
  const rejections = [rejection(0, 'conflict')];
  expect(await handleWith(rejections, [{ userId: erased }])).toEqual(rejections);
  expect(await handleWith([], [{ userId: erased }])).toEqual([]);
  expect(statements).toBe(0);
});

test('the place of a message with events of erased customers is noted once', async () => {
  const messageAt = (streamSequence: number) => ({ info: { stream: 'emotions', streamSequence } }) as Message;
  const note = noteStrays(database);
  await note([messageAt(7), messageAt(7), messageAt(8)]);
  await note([messageAt(8)]);
  expect(
    await database.query((sql) => sql`select stream, sequence::int from stray_messages order by sequence`),
  ).toEqual([
    { stream: 'emotions', sequence: 7 },
    { stream: 'emotions', sequence: 8 },
  ] as never);
});
