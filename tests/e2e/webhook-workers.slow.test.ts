import { afterAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import postgres from 'postgres';
import { openDatabase } from '../../platform/data/sql.ts';
import { createLifecycle } from '../../platform/kernel/lifecycle.ts';
import { claimLanes } from '../../apps/webhooks/delivery-store.ts';
import { insertDeliveries } from '../../apps/webhooks/event-store.ts';
import { changePartnerStatus } from '../../apps/back-office/partners/partner-store.ts';
import { redeliver } from '../../apps/back-office/webhooks/delivery-log-store.ts';
import { type Owner, updateWebhook } from '../../apps/back-office/webhooks/endpoint-store.ts';
import { deliver } from '../harness/deliver.ts';
import { createTestDatabase, eventually } from '../harness/engines.ts';
import { createTestRuntime } from '../harness/runtime.ts';
import {
  startTestDeliveries,
  startWebhookReceiver,
  storeEndpoint,
  TEST_SECRETS,
} from '../harness/webhook-receiver.ts';

/**
 * Two workers of the same lanes, while events come, deliveries are sent again, endpoints and their partner are
 * disabled and enabled, connections die and a worker dies with lanes claimed: each event arrives, in the order
 * of its customer, and nothing stays pending. No statement is a deadlock.
 */
const runtime = createTestRuntime();
const SEED = Number(process.env.ECS_WEBHOOKS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const STEPS = 250;
const CUSTOMERS = 6;
const PARTNER = 'ptn_0123456789abcdefghij';
const OPERATOR: Owner = { partnerId: null, actor: { kind: 'operator', name: 'ada' }, name: 'ada' };
const TYPES = ['limit.closed'];

const receiver = startWebhookReceiver();
afterAll(() => receiver.stop());

const STEP_KINDS = ['event', 'redelivery', 'toggle', 'partner', 'connection', 'orphan'] as const;
const WEIGHTS = [60, 20, 10, 5, 3, 2];
const drawnSteps = fc.array(
  fc.record({
    kind: fc.oneof(
      ...STEP_KINDS.map((kind, index) => ({ weight: WEIGHTS[index] ?? 1, arbitrary: fc.constant(kind) })),
    ),
    customer: fc.nat(CUSTOMERS - 1),
    share: fc.double({ min: 0, max: 0.999, noNaN: true }),
  }),
  { minLength: STEPS, maxLength: STEPS, size: 'max' },
);
type Step = { kind: (typeof STEP_KINDS)[number]; customer: number; share: number };

async function openAll() {
  const url = await createTestDatabase();
  const sql = postgres(url, { max: 2, onnotice: () => {} });
  runtime.lifecycle.onClose('database of the test', () => sql.end({ timeout: 1 }));
  const open = (name: string) => {
    const database = openDatabase({ url, name, poolSize: 6, log: runtime.log });
    runtime.lifecycle.onClose(`database of ${name}`, database.close);
    return database;
  };
  const database = open('owner');
  await sql`
    insert into partners (id, name, scopes, events_per_second, created_by, changed_by)
    values (${PARTNER}, 'p', '{webhooks:manage}', 10, 'ada', 'ada')`;
  const users = await sql<{ id: string }[]>`
    insert into users (id, email, password_hash)
    select gen_random_uuid(), n::text, 'x' from generate_series(1, ${CUSTOMERS}::int) as n returning id`;
  const newEndpoint = () => storeEndpoint(database, TEST_SECRETS, receiver, TYPES);
  const endpoints = {
    open: await newEndpoint(),
    toggled: await newEndpoint(),
    partners: await newEndpoint(),
  };
  await sql`update webhook_endpoints set partner_id = ${PARTNER} where id = ${endpoints.partners.id}`;
  for (const name of ['worker-1', 'worker-2']) {
    const worker = { ...runtime, lifecycle: createLifecycle(runtime.log) };
    startTestDeliveries(open(name), worker);
    runtime.lifecycle.onDrain(name, worker.lifecycle.stop);
  }
  return { sql, database, ids: users.map(({ id }) => id), endpoints };
}

type System = Awaited<ReturnType<typeof openAll>>;

/** An event, of which two workers hear at once, together with other customers. */
async function addEvent({ sql, database, ids }: System, customer: number): Promise<void> {
  const userId = ids[customer] ?? '';
  await sql`
    with counted as (
      update users set notification_count = notification_count + 1 where id = ${userId}
      returning id, notification_count
    )
    insert into notifications (id, user_id, position, type, title, message)
    select ${Bun.randomUUIDv7()}::uuid, id, notification_count, 'CREDIT_LIMIT_CLOSED', 'a', 'b' from counted`;
  const neighborId = ids[(customer + 1) % CUSTOMERS] ?? '';
  await Promise.all([
    deliver(() => insertDeliveries(database, [userId, neighborId])),
    deliver(() => insertDeliveries(database, [neighborId, userId])),
  ]);
}

async function take(system: System, { kind, customer, share }: Step): Promise<void> {
  const { sql, database, endpoints } = system;
  if (kind === 'event') await addEvent(system, customer);
  if (kind === 'redelivery') {
    const [row] = await sql<{ id: string; endpointId: string }[]>`
      select id, endpoint_id as "endpointId" from webhook_deliveries order by id
      offset floor(${share}::float8 * (select count(*) from webhook_deliveries)) limit 1`;
    if (row) expect(await deliver(() => redeliver(database, OPERATOR, row.endpointId, row.id))).toBe(true);
  }
  if (kind === 'toggle') {
    const act = share < 0.5 ? 'webhook.disable' : 'webhook.enable';
    await deliver(() => updateWebhook(database, OPERATOR, endpoints.toggled.id, { act }));
  }
  if (kind === 'partner') {
    const status = share < 0.5 ? 'disabled' : 'active';
    await deliver(() => changePartnerStatus(database, PARTNER, status, { by: 'ada' }));
  }
  if (kind === 'connection') {
    await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name like 'worker-%'`;
  }
  // The lanes of a worker that dies: theirs is the longest wait of all.
  if (kind === 'orphan') await deliver(() => claimLanes(database, { busy: new Map(), perEndpoint: 1 }));
}

/** Without the delays after failures; a lane without a time stays so. */
async function untilNothingWaits({ sql }: System): Promise<void> {
  const longest = 60_000;
  await eventually(
    'nothing is pending',
    async () => {
      await sql`update webhook_lanes set next_at = now() where next_at > now()`;
      const [row] = await sql<{ count: number }[]>`
        select count(*)::int as count from webhook_deliveries where state <> 'delivered'`;
      return row?.count === 0;
    },
    longest,
  );
}

test(`each event arrives in the order of its customer, with two workers of the same lanes (seed ${SEED})`, async () => {
  const [steps = []] = fc.sample(drawnSteps, { numRuns: 1, seed: SEED });
  const system = await openAll();
  const { sql, database, endpoints } = system;
  receiver.respond = ({ id }) =>
    new Response('', { status: Bun.hash(`${id} ${receiver.received.length}`) % 4n === 0n ? 500 : 200 });
  // Four at a time: each step meets others.
  for (let from = 0; from < steps.length; from += 4) {
    await Promise.all(steps.slice(from, from + 4).map((step) => take(system, step)));
  }
  await changePartnerStatus(database, PARTNER, 'active', { by: 'ada' });
  await updateWebhook(database, OPERATOR, endpoints.toggled.id, { act: 'webhook.enable' });
  receiver.respond = () => new Response('ok');
  await untilNothingWaits(system);

  const rows = await sql<{ eventId: string; userId: string; endpointId: string }[]>`
    select event_id as "eventId", delivery.user_id as "userId", endpoint_id as "endpointId"
    from webhook_deliveries as delivery join notifications on notifications.id = event_id order by position`;
  for (const endpoint of Object.values(endpoints)) {
    const firstArrivals = [...new Set(endpoint.arrived().map(({ id }) => id))];
    const endpointRows = rows.filter(({ endpointId }) => endpointId === endpoint.id);
    expect(new Set(firstArrivals)).toEqual(new Set(endpointRows.map(({ eventId }) => eventId)));
    for (const [userId, events] of Map.groupBy(endpointRows, (row) => row.userId)) {
      const expected = events.map(({ eventId }) => eventId);
      const arrived = firstArrivals.filter((id) => expected.includes(id));
      expect({ userId, arrived }).toEqual({ userId, arrived: expected });
    }
  }
  const [missing] = await sql`
    select count(*)::int as count from notifications where not exists (
      select from webhook_deliveries where event_id = notifications.id and endpoint_id = ${endpoints.open.id})`;
  expect(missing?.count).toBe(0);
  const [statistics] = await sql<{ deadlocks: number }[]>`
    select deadlocks::int, pg_stat_force_next_flush() from pg_stat_database where datname = current_database()`;
  expect(statistics?.deadlocks).toBe(0);
}, 180_000);
