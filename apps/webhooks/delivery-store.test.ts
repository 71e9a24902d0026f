import { expect, test } from 'bun:test';
import { openGatedWebhooks } from '../../tests/harness/gated-webhooks.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { type Claim, claimLanes, endEmptyClaim, markDelivered, markFailed } from './delivery-store.ts';

const runtime = createTestRuntime();
const USER_ID = Bun.randomUUIDv7();
const ENTRY = { at: new Date().toISOString(), status: 200, ms: 1, error: null, response: '' };

async function openGated() {
  const { add, runWhile, ...gated } = await openGatedWebhooks(runtime);
  const claim = async (): Promise<Claim | undefined> =>
    (await claimLanes(gated.database, { busy: new Map(), perEndpoint: 8 }))[0];
  return {
    ...gated,
    add: () => add(USER_ID),
    claim,
    runWhile,
    claimWhile: (meanwhile: () => Promise<unknown>) => runWhile(claim, meanwhile),
  };
}

test('a delivery that is added while its lane is claimed waits for no other event of its customer', async () => {
  const { database, add, claim, claimWhile } = await openGated();
  await add();
  const claimed = await claimWhile(add);
  if (!claimed?.delivery) throw new Error('nothing was claimed');
  await markDelivered(database, claimed, claimed.delivery.id, ENTRY);
  const following = await claim();
  expect(following?.delivery).toBeTruthy();
  expect(following?.delivery?.id).not.toBe(claimed.delivery.id);
});

test('a delivery that is added while its lane is found empty is sent without another event', async () => {
  const { database, sql, add, claim, claimWhile } = await openGated();
  await add();
  await sql`update webhook_deliveries set state = 'delivered'`;
  const empty = await claimWhile(add);
  expect(empty).toMatchObject({ delivery: null });
  if (empty) await endEmptyClaim(database, empty);
  expect((await claim())?.delivery).toBeTruthy();
});

test('a worker that wakes up after another has its lane fails neither the delivery nor the endpoint', async () => {
  const { database, sql, add, claim } = await openGated();
  await add();
  const [frozen, later] = [
    await claim(),
    (await sql`update webhook_lanes set claimed_until = now()`, await claim()),
  ];
  if (!frozen?.delivery || !later?.delivery) throw new Error('nothing was claimed');
  const entry = { ...ENTRY, status: null, error: 'no response in time' };
  const failure = { entry, delaySeconds: 60, isGone: true };
  expect(await markFailed(database, frozen, frozen.delivery.id, failure)).toBeNull();
  const [state] = await sql`
    select attempts, endpoint.failures, endpoint.state from webhook_deliveries
    join gated_endpoints as endpoint on endpoint.id = endpoint_id`;
  expect(state).toEqual({ attempts: 0, failures: 0, state: 'enabled' });
  expect(await markFailed(database, later, later.delivery.id, failure)).toBe('pending');
});

test('a takeover in the very moment of a failure is waited for, and the attempt counts for nobody', async () => {
  const { database, sql, add, claim, runWhile } = await openGated();
  await add();
  const claimed = await claim();
  if (!claimed?.delivery) throw new Error('nothing was claimed');
  const { id } = claimed.delivery;
  const failure = { entry: { ...ENTRY, error: 'no response in time' }, delaySeconds: 60, isGone: true };
  const state = await runWhile(
    () => markFailed(database, claimed, id, failure),
    () => sql`update webhook_lanes set claims = claims + 1`,
  );
  expect(state).toBeNull();
  const [row] = await sql`
    select attempts, endpoint.failures, endpoint.state, claimed_until > now() as is_claimed
    from webhook_deliveries join gated_endpoints as endpoint on endpoint.id = endpoint_id
    cross join webhook_lanes`;
  expect(row).toEqual({ attempts: 0, failures: 0, state: 'enabled', is_claimed: true });
});

test('a claim from before the clock of the database was set back by an hour is none', async () => {
  const { sql, add, claim } = await openGated();
  await add();
  await claim();
  await sql`update webhook_lanes set claimed_until = now() + interval '29 seconds'`;
  expect(await claim()).toBeUndefined();
  await sql`update webhook_lanes set claimed_until = now() + interval '31 seconds'`;
  expect((await claim())?.delivery).toBeTruthy();
});
