import { expect, test } from 'bun:test';
import { openGatedWebhooks } from '../../tests/harness/gated-webhooks.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { type Claim, claimLanes, endEmptyClaim, markDelivered } from './delivery-store.ts';

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
