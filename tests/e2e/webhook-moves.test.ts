import { afterAll, beforeAll, expect, test } from 'bun:test';
import { Webhook as Verifier } from 'standardwebhooks';
import { updateWebhook } from '../../apps/back-office/webhooks/endpoint-store.ts';
import { insertDeliveries } from '../../apps/webhooks/event-store.ts';
import type { Database } from '../../platform/data/sql.ts';
import { createWebhookSecret } from '../../platform/webhooks/webhook-secret.ts';
import type { WebhookChange } from '../../sdk/contracts/webhook.ts';
import { eventually } from '../harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../harness/runtime.ts';
import {
  startTestDeliveries,
  startWebhookReceiver,
  storeEndpoint,
  storeEvents,
  TEST_SECRETS,
} from '../harness/webhook-receiver.ts';

/** Changes an endpoint while its deliveries wait, and while attempts are in flight. */
const runtime = createTestRuntime();
const owner = { partnerId: null, actor: { kind: 'operator', name: 'ada' }, name: 'ada' } as const;
const receiver = startWebhookReceiver();
afterAll(() => receiver.stop());
let database: Database;
let wake: () => void;
beforeAll(async () => {
  database = await openTestDatabase(runtime);
  ({ wake } = startTestDeliveries(database, runtime, { attemptMs: 5000 }));
}, 30_000);

const changeOf = (id: string) => (changes: WebhookChange) =>
  updateWebhook(database, owner, id, { act: 'webhook.change', changes });
const countPending = async (id: string) => {
  const [row] = await database.query(
    (sql) => sql<{ count: number }[]>`
      select count(*)::int as count from webhook_deliveries where endpoint_id = ${id} and state = 'pending'`,
  );
  return row?.count ?? 0;
};

test.each([410, 500])(
  'a %d of the address before, in flight, is no failure of the new one',
  async (status) => {
    const endpoint = await storeEndpoint(database, TEST_SECRETS, receiver);
    const held = Promise.withResolvers<Response>();
    receiver.respond = ({ path }) => (path === endpoint.path ? held.promise : new Response('ok'));
    const { userId, eventIds } = await storeEvents(database, 2);
    await insertDeliveries(database, [userId]);
    // The delay of an hour: the lane has failed for long.
    await database.query(
      (sql) => sql`update webhook_lanes set failures = 30 where endpoint_id = ${endpoint.id}`,
    );
    wake();
    await eventually('an attempt is in flight', async () => endpoint.arrived().length === 1);
    const moved = `/${crypto.randomUUID()}`;
    await changeOf(endpoint.id)({ url: `${receiver.url}${moved}` });
    held.resolve(new Response('', { status }));
    await eventually(
      'all have arrived at the new address',
      async () => (await countPending(endpoint.id)) === 0,
    );
    const arrived = receiver.received.filter(({ path }) => path === moved).map(({ id }) => id);
    expect(arrived).toEqual(eventIds);
    const [row] = await database.query(
      (sql) => sql`select state, failures from webhook_endpoints where id = ${endpoint.id}`,
    );
    expect(row).toEqual({ state: 'enabled', failures: 0 });
  },
);

test('what has failed for a day at one address has a day at the next', async () => {
  const endpoint = await storeEndpoint(database, TEST_SECRETS, receiver, ['limit.activated']);
  receiver.respond = () => new Response('', { status: 500 });
  const { userId } = await storeEvents(database, 1);
  await insertDeliveries(database, [userId]);
  wake();
  // An attempt of the old address that ends after its day, as the times are set below, is the last one.
  await eventually('its failure is kept, and no attempt is due', async () => {
    const lanes = await database.query(
      (sql) => sql`
        update webhook_lanes set next_at = now() + interval '1 hour'
        where endpoint_id = ${endpoint.id} and failures > 0 and claimed_until is null
        returning user_id`,
    );
    return lanes.length > 0;
  });
  await database.query(
    (sql) => sql`update webhook_deliveries set retry_until = now() where endpoint_id = ${endpoint.id}`,
  );
  await database.query(
    (sql) => sql`
      update webhook_endpoints set renewed_at = now() - interval '2 days', events_from = now() - interval '2 days'
      where id = ${endpoint.id}`,
  );
  const moved = `/${crypto.randomUUID()}`;
  await changeOf(endpoint.id)({ url: `${receiver.url}${moved}` });
  const arrivals = () => receiver.received.filter(({ path }) => path === moved).length;
  await eventually('it has failed there too', async () => arrivals() > 1);
  receiver.respond = () => new Response('ok');
  await database.query((sql) => sql`update webhook_lanes set next_at = now() where next_at is not null`);
  wake();
  await eventually('it is delivered', async () => (await countPending(endpoint.id)) === 0);
  const [row] = await database.query(
    (sql) => sql`select state from webhook_deliveries where endpoint_id = ${endpoint.id}`,
  );
  expect(row).toEqual({ state: 'delivered' });
});

const CUSTOMERS = 12;

test('moved, disabled, widened and with new secrets meanwhile, it gets each event once, in order, signed', async () => {
  const endpoint = await storeEndpoint(database, TEST_SECRETS, receiver);
  const id = endpoint.id;
  const change = changeOf(id);
  const keys = [endpoint.secret];
  const rotate = () => {
    const secret = createWebhookSecret();
    keys.push(secret);
    const act = { act: 'webhook.rotate', sealed: TEST_SECRETS.seal(secret), graceHours: 1 } as const;
    return updateWebhook(database, owner, id, act);
  };
  const paths = new Set([endpoint.path]);
  const move = () => {
    const path = `/${crypto.randomUUID()}`;
    paths.add(path);
    return change({ url: `${receiver.url}${path}` });
  };
  const arrived = () => receiver.received.filter(({ path }) => paths.has(path));
  receiver.respond = () => new Response('ok');
  const customers: Awaited<ReturnType<typeof storeEvents>>[] = [];
  const steps = [
    move,
    rotate,
    () => change({ enabled: false }),
    () => change({ enabled: true }),
    () => change({ event_types: ['limit.closed', 'limit.activated', 'offer.accepted', 'credit.denied'] }),
    move,
    () => change({ enabled: false }),
    move,
    () => change({ enabled: true }),
  ];
  for (const step of steps) {
    const newCustomers = await Promise.all(Array.from({ length: CUSTOMERS }, () => storeEvents(database, 3)));
    customers.push(...newCustomers);
    const userIds = newCustomers.map(({ userId }) => userId);
    // Half of the customers are read before the change. Events of a disabled time belong to another test.
    const isOpen = (await change({ description: 'ledger' }))?.state !== 'disabled';
    await insertDeliveries(database, userIds.slice(0, CUSTOMERS / 2));
    wake();
    await step();
    await insertDeliveries(database, userIds);
    if (!isOpen) customers.splice(-CUSTOMERS);
  }
  await eventually('all are delivered', async () => (await countPending(id)) === 0);
  const ids = arrived().map((message) => message.id);
  const expected = customers.flatMap(({ eventIds }) => eventIds);
  expect(ids.toSorted()).toEqual(expected.toSorted());
  for (const { eventIds } of customers) {
    expect(ids.filter((eventId) => eventIds.includes(eventId))).toEqual(eventIds);
  }
  const unsigned = arrived().filter(
    ({ body, headers }) =>
      !keys.some((key) => {
        try {
          return Boolean(new Verifier(key).verify(body, headers));
        } catch {
          return false;
        }
      }),
  );
  expect(unsigned).toEqual([]);
}, 60_000);
