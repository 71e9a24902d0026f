import { expect, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { deleteExpiredTickets, useTicket } from './ticket-store.ts';

const runtime = createTestRuntime();

test('a ticket counts once, for longer than clocks of services may be off, and is forgotten then', async () => {
  const database = await openTestDatabase(runtime);
  const age = (minutes: number) =>
    database.query(
      (sql) => sql`update used_tickets set expires_at = expires_at - make_interval(mins => ${minutes})`,
    );
  const id = crypto.randomUUID();
  expect(await useTicket(database, id)).toBe(true);
  await age(90);
  await deleteExpiredTickets(database);
  expect(await useTicket(database, id)).toBe(false);
  await age(31);
  await deleteExpiredTickets(database);
  expect(await useTicket(database, id)).toBe(true);
});
