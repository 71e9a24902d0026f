import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { Webhook } from 'standardwebhooks';
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
import { createWebhookSecret } from '../../platform/webhooks/webhook-secret.ts';
import { delayAfter, type Outcome } from './deliver.ts';
import { insertDeliveries } from './event-store.ts';
import { selectFigures } from './figures-store.ts';

const runtime = createTestRuntime();
let database: Database;

const receiver = startWebhookReceiver();
afterAll(() => receiver.stop());
afterEach(async () => {
  receiver.respond = () => new Response('ok');
  await database.query((sql) => sql`delete from webhook_endpoints`);
});

const outcomes: Outcome[] = [];
let wake: () => void;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  ({ wake } = startTestDeliveries(database, runtime, {
    onOutcome: (outcome) => void outcomes.push(outcome),
  }));
}, 30_000);

const newEndpoint = (types?: string[]) => storeEndpoint(database, TEST_SECRETS, receiver, types);
const newCustomer = (count: number) => storeEvents(database, count);

const statesOf = (endpointId: string) =>
  database.query(
    (sql) => sql<{ state: string; attempts: number; log: { status: number; error: string }[] }[]>`
      select state, attempts, log from webhook_deliveries where endpoint_id = ${endpointId}
      order by sequence`,
  );
/** Spares the test the delays between attempts. */
const endDelays = (endpointId: string) =>
  database.query((sql) => sql`update webhook_lanes set next_at = now() where endpoint_id = ${endpointId}`);
const untilDone = (endpointId: string) =>
  eventually('all are delivered', async () => {
    await endDelays(endpointId);
    return (await statesOf(endpointId)).every(({ state }) => state !== 'pending');
  });

describe('deliveries', () => {
  test('are signed as Standard Webhooks, and carry ids and terms alone', async () => {
    const endpoint = await newEndpoint();
    const { userId, eventIds } = await newCustomer(1);
    await insertDeliveries(database, [userId]);
    wake();
    await untilDone(endpoint.id);
    const [accepted, activated] = endpoint.arrived();
    expect(endpoint.arrived()).toHaveLength(2);
    const verifier = new Webhook(endpoint.secret);
    expect(verifier.verify(accepted?.body ?? '', accepted?.headers ?? {})).toEqual({
      id: eventIds[0],
      type: 'offer.accepted',
      timestamp: expect.any(String),
      data: {
        user_id: userId,
        offer_id: eventIds[0],
        credit_limit: 8200,
        interest_rate: 7.7,
        credit_type: 'LONG_TERM_PERSONAL_LOAN',
      },
    });
    expect(verifier.verify(activated?.body ?? '', activated?.headers ?? {})).toMatchObject({
      id: eventIds[1],
      type: 'limit.activated',
      data: { notification_id: eventIds[1], offer_id: eventIds[0] },
    });
    expect(activated?.body).not.toContain('a text');
  });

  test('of two secrets during a rotation verify by either', async () => {
    const endpoint = await newEndpoint();
    const next = createWebhookSecret();
    await database.query(
      (sql) => sql`
        update webhook_endpoints set secret_before = secret, secret = ${TEST_SECRETS.seal(next)},
          secret_before_until = now() + interval '1 hour' where id = ${endpoint.id}`,
    );
    const { userId } = await newCustomer(1);
    await insertDeliveries(database, [userId]);
    await untilDone(endpoint.id);
    const [message] = endpoint.arrived();
    for (const secret of [endpoint.secret, next]) {
      new Webhook(secret).verify(message?.body ?? '', message?.headers ?? {});
    }
    expect(() =>
      new Webhook(createWebhookSecret()).verify(message?.body ?? '', message?.headers ?? {}),
    ).toThrow();
  });

  test('of an event are one row, however often its message comes', async () => {
    const endpoint = await newEndpoint();
    const { userId, eventIds } = await newCustomer(3);
    await Promise.all(Array.from({ length: 8 }, () => insertDeliveries(database, [userId])));
    await untilDone(endpoint.id);
    await insertDeliveries(database, [userId]);
    expect(endpoint.arrived().map(({ id }) => id)).toEqual(eventIds);
  });

  test('come in order for a customer, and a failed one holds back those of its customer alone', async () => {
    const endpoint = await newEndpoint();
    const [held, free] = [await newCustomer(3), await newCustomer(3)];
    let isDown = true;
    receiver.respond = ({ body }) =>
      new Response('', { status: isDown && body.includes(held.userId) ? 500 : 200 });
    await insertDeliveries(database, [held.userId, free.userId]);
    wake();
    await eventually('the other customer has all', async () => {
      const ids = new Set(endpoint.arrived().map(({ id }) => id));
      return free.eventIds.every((id) => ids.has(id));
    });
    await endDelays(endpoint.id);
    const early = new Set(endpoint.arrived().map(({ id }) => id));
    expect(held.eventIds.filter((id) => early.has(id))).toEqual(held.eventIds.slice(0, 1));
    isDown = false;
    await untilDone(endpoint.id);
    const arrivedIds = [...new Set(endpoint.arrived().map(({ id }) => id))];
    const inOrder = (ids: string[]) => arrivedIds.filter((id) => ids.includes(id));
    expect(inOrder(held.eventIds)).toEqual(held.eventIds);
    expect(inOrder(free.eventIds)).toEqual(free.eventIds);
  });

  test('to a receiver that was down go on at once after the first success', async () => {
    const endpoint = await newEndpoint();
    let isDown = true;
    receiver.respond = () => new Response('', { status: isDown ? 503 : 200 });
    const customers = await Promise.all(Array.from({ length: 6 }, () => newCustomer(1)));
    await insertDeliveries(
      database,
      customers.map(({ userId }) => userId),
    );
    await eventually('it is failing', async () => (await selectFigures(database)).failing === 1);
    isDown = false;
    await database.query(
      (sql) =>
        sql`update webhook_lanes set next_at = now() + interval '1 hour' where endpoint_id = ${endpoint.id}`,
    );
    const first = customers[0]?.userId ?? '';
    await database.query((sql) => sql`update webhook_lanes set next_at = now() where user_id = ${first}`);
    await eventually('all are delivered', async () =>
      (await statesOf(endpoint.id)).every(({ state }) => state === 'delivered'),
    );
    expect((await selectFigures(database)).failing).toBe(0);
  });

  test('are given up after a day of failures, and the next one goes', async () => {
    const endpoint = await newEndpoint();
    const { userId, eventIds } = await newCustomer(1);
    receiver.respond = ({ id }) => new Response('no', { status: id === eventIds[0] ? 400 : 200 });
    await insertDeliveries(database, [userId]);
    await eventually('it has failed', async () => (await statesOf(endpoint.id))[0]?.attempts === 1);
    await database.query(
      (sql) => sql`update webhook_deliveries set retry_until = now() where endpoint_id = ${endpoint.id}`,
    );
    await database.query((sql) => sql`update webhook_endpoints set renewed_at = now() - interval '1 day'`);
    await untilDone(endpoint.id);
    expect((await statesOf(endpoint.id)).map(({ state }) => state)).toEqual(['given_up', 'delivered']);
    expect(outcomes).toContain('given_up');
  });

  test('end with a 410: the endpoint is disabled, and what waits is kept', async () => {
    const endpoint = await newEndpoint();
    const { userId } = await newCustomer(2);
    receiver.respond = () => new Response('', { status: 410 });
    await insertDeliveries(database, [userId]);
    await eventually('it is disabled', async () => {
      const [row] = await database.query(
        (sql) => sql`select disabled_by from webhook_endpoints where id = ${endpoint.id}`,
      );
      return row?.disabled_by === 'gone';
    });
    await endDelays(endpoint.id);
    expect((await statesOf(endpoint.id)).map(({ state }) => state)).toEqual([
      'pending',
      'pending',
      'pending',
    ]);
    expect(endpoint.arrived()).toHaveLength(1);
  });

  test('follow no redirect, wait for no slow response, and keep its first kilobyte', async () => {
    const endpoint = await newEndpoint();
    const { userId } = await newCustomer(1);
    receiver.respond = () => Response.redirect(`${receiver.url}/elsewhere`, 302);
    await insertDeliveries(database, [userId]);
    await eventually('it has failed', async () => (await statesOf(endpoint.id))[0]?.attempts === 1);
    expect((await statesOf(endpoint.id))[0]?.log).toMatchObject([{ status: 302, error: null }]);
    expect(receiver.received.filter(({ path }) => path === '/elsewhere')).toEqual([]);
    receiver.respond = () => new Response('x'.repeat(1_000_000));
    await untilDone(endpoint.id);
    const entries = (await statesOf(endpoint.id)).map(
      ({ log }) => log.at(-1) as unknown as { response: string },
    );
    expect(entries.map(({ response }) => response.length)).toEqual([1024, 1024]);
  });
});

test('a slow receiver holds up no other', async () => {
  const [slow, quick] = [await newEndpoint(['limit.closed']), await newEndpoint(['limit.activated'])];
  const gate = Promise.withResolvers<void>();
  let held = 0;
  let heldMax = 0;
  receiver.respond = async ({ path }) => {
    if (path !== slow.path) return new Response('ok');
    held += 1;
    heldMax = Math.max(heldMax, held);
    await gate.promise;
    held -= 1;
    return new Response('ok');
  };
  const customers = await Promise.all(Array.from({ length: 30 }, () => newCustomer(2)));
  await insertDeliveries(
    database,
    customers.map(({ userId }) => userId),
  );
  await eventually('the quick one has all', async () => quick.arrived().length === 30);
  expect(slow.arrived().length).toBeLessThanOrEqual(8);
  gate.resolve();
  await untilDone(slow.id);
  expect(heldMax).toBeLessThanOrEqual(8);
});

test('delays double from a second to an hour', () => {
  for (const [failures, full] of [
    [0, 1],
    [5, 32],
    [40, 3600],
  ] as const) {
    const delay = delayAfter(failures);
    expect(delay).toBeGreaterThanOrEqual(full / 2);
    expect(delay).toBeLessThanOrEqual(full);
  }
});
