import { afterAll, beforeAll, expect, test } from 'bun:test';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import {
  startTestDeliveries,
  startWebhookReceiver,
  storeEndpoint,
  storeEvents,
  TEST_SECRETS,
} from '../../tests/harness/webhook-receiver.ts';
import type { Database } from '../../platform/data/sql.ts';
import { insertDeliveries } from './event-store.ts';
import { selectFigures } from './figures-store.ts';
import { purgeRemoved } from './retention-store.ts';

const runtime = createTestRuntime();
const receiver = startWebhookReceiver();
afterAll(() => receiver.stop());
let database: Database;
let wake: () => void;
beforeAll(async () => {
  database = await openTestDatabase(runtime);
  ({ wake } = startTestDeliveries(database, runtime));
}, 30_000);

const PARTNER = 'ptn_0123456789abcdefghij';

/** Stores an endpoint of the partner beside one of the operators. */
async function storeBoth() {
  await database.query(
    (sql) => sql`
      insert into partners (id, name, scopes, events_per_second, created_by, changed_by)
      values (${PARTNER}, ${PARTNER}, '{webhooks:manage}', 10, 'ada', 'ada') on conflict do nothing`,
  );
  const types = ['limit.closed'];
  const partners = await storeEndpoint(database, TEST_SECRETS, receiver, types);
  await database.query(
    (sql) => sql`update webhook_endpoints set partner_id = ${PARTNER} where id = ${partners.id}`,
  );
  return { partners, operators: await storeEndpoint(database, TEST_SECRETS, receiver, types) };
}
const change = (status: string, scopes: string[]) =>
  database.query(
    (sql) => sql`update partners set status = ${status}, scopes = ${scopes}::text[] where id = ${PARTNER}`,
  );
const addEvents = async () => insertDeliveries(database, [(await storeEvents(database, 2)).userId]);

test.each([
  ['is disabled', 'disabled', ['webhooks:manage']],
  ['has lost the scope', 'active', ['emotions:write']],
])('the endpoint of a partner that %s gets nothing until it may again', async (_name, status, scopes) => {
  const { partners, operators } = await storeBoth();
  receiver.respond = ({ path }) => new Response('', { status: path === partners.path ? 500 : 200 });
  await addEvents();
  await eventually('one has failed, one arrived', async () => {
    return partners.arrived().length > 0 && operators.arrived().length === 1;
  });
  await change(status, scopes);
  receiver.respond = () => new Response('ok');
  const before = partners.arrived().length;
  await addEvents();
  await database.query((sql) => sql`update webhook_lanes set next_at = now() where next_at is not null`);
  wake();
  await eventually('the other has both', async () => operators.arrived().length === 2);
  // An attempt that was under way may have arrived meanwhile.
  expect(partners.arrived().length).toBeLessThanOrEqual(before + 1);
  await eventually('one waits, at the closed endpoint', async () => {
    const { pending, oldestSeconds } = await selectFigures(database);
    return pending === 1 && oldestSeconds === 0;
  });

  await change('active', ['webhooks:manage']);
  wake();
  await eventually('the one that waited arrives', async () => {
    return (await selectFigures(database)).pending === 0;
  });
  const [row] = await database.query(
    (sql) => sql`select count(*)::int as count from webhook_deliveries where endpoint_id = ${partners.id}`,
  );
  expect(row).toEqual({ count: 1 });
  await database.query((sql) => sql`delete from webhook_endpoints`);
});

test('an endpoint that was disabled while its partner was stays closed until both are open', async () => {
  const { partners } = await storeBoth();
  await change('active', ['webhooks:manage']);
  const setState = (state: string) =>
    database.query(
      (sql) => sql`
        update webhook_endpoints set state = ${state}, disabled_by = ${state === 'disabled' ? 'act' : null}
        where id = ${partners.id}`,
    );
  const steps = [
    () => change('disabled', ['webhooks:manage']),
    () => setState('disabled'),
    () => change('active', ['webhooks:manage']),
    () => setState('enabled'),
    () => setState('disabled'),
    () => change('disabled', ['webhooks:manage']),
    () => setState('enabled'),
    () => change('active', ['webhooks:manage']),
  ];
  const customers = [await storeEvents(database, 2)];
  for (const step of steps) {
    await step();
    customers.push(await storeEvents(database, 2));
  }
  await insertDeliveries(
    database,
    customers.map(({ userId }) => userId),
  );
  const rows = await database.query(
    (sql) => sql<{ user_id: string }[]>`
      select user_id from webhook_deliveries where endpoint_id = ${partners.id}`,
  );
  const delivered = new Set(rows.map(({ user_id: id }) => id));
  const isOpen = [true, false, false, false, true, false, false, false, true];
  expect(customers.map(({ userId }) => delivered.has(userId))).toEqual(isOpen);
  await database.query((sql) => sql`delete from webhook_endpoints`);
});

test('the endpoints of a removed partner are removed with it', async () => {
  const { operators } = await storeBoth();
  await addEvents();
  await change('removed', ['webhooks:manage']);
  await database.query(
    (sql) => sql`update webhook_endpoints set removed_at = removed_at - interval '61 minutes'`,
  );
  while (await purgeRemoved(database));
  const left = await database.query((sql) => sql`select id from webhook_endpoints`);
  expect([...left]).toEqual([{ id: operators.id }]);
});
