import { expect, test } from 'bun:test';
import postgres from 'postgres';
import { claimLanes, markDelivered, markFailed } from '../../apps/webhooks/delivery-store.ts';
import { changePartnerStatus } from '../../apps/back-office/partners/partner-store.ts';
import { redeliver } from '../../apps/back-office/webhooks/delivery-log-store.ts';
import { type Owner, updateWebhook } from '../../apps/back-office/webhooks/endpoint-store.ts';
import { createTestDatabase, eventually } from '../harness/engines.ts';
import { openGatedWebhooks } from '../harness/gated-webhooks.ts';
import { createTestRuntime, openTestDatabase } from '../harness/runtime.ts';
import { countLockWaits } from '../harness/lock-waits.ts';

/** Two changes of a webhook at the same moment, of its worker, its owner and its partner. */
const runtime = createTestRuntime();
const OPERATOR: Owner = { partnerId: null, actor: { kind: 'operator', name: 'ada' }, name: 'ada' };
const ENTRY = { at: new Date().toISOString(), status: 500, ms: 1, error: null, response: '' };
const FAILURE = { entry: ENTRY, delaySeconds: 3600, isGone: false };

async function claimOne() {
  const userId = Bun.randomUUIDv7();
  const gated = await openGatedWebhooks(runtime);
  await gated.add(userId);
  const [claim] = await claimLanes(gated.database, { busy: new Map(), perEndpoint: 8 });
  if (!claim?.delivery) throw new Error('nothing was claimed');
  const isDue = async () => {
    const [lane] = await gated.sql<{ isDue: boolean }[]>`
      select next_at <= now() as "isDue" from webhook_lanes where user_id = ${userId}`;
    return lane?.isDue;
  };
  return { ...gated, claim, delivery: claim.delivery, isDue };
}

test('a delivery that fails while its endpoint begins anew is due at once', async () => {
  const { database, sql, claim, delivery, runWhile, isDue } = await claimOne();
  const fail = () => markFailed(database, claim, delivery.id, FAILURE);
  await runWhile(fail, () => sql`update gated_endpoints set renewed_at = now(), failures = 0`);
  expect(await isDue()).toBe(true);
  expect([...(await sql`select failures from gated_endpoints`)]).toEqual([{ failures: 0 }]);
});

test('an endpoint that begins anew while a delivery fails makes it due at once', async () => {
  const { database, sql, endpointId, runWhile, isDue } = await claimOne();
  const enable = () => updateWebhook(database, OPERATOR, endpointId, { act: 'webhook.enable' });
  const fail = () => sql`update webhook_lanes set claimed_until = null, next_at = now() + interval '1 hour'`;
  await runWhile(enable, fail);
  expect(await isDue()).toBe(true);
});

test('a delivery that ends while it is sent again is sent again', async () => {
  const { database, sql, endpointId, delivery, runWhile } = await claimOne();
  const again = () => redeliver(database, OPERATOR, endpointId, delivery.id);
  expect(
    await runWhile(again, () => sql`update webhook_deliveries set state = 'delivered', delivered_at = now()`),
  ).toBe(true);
  expect([...(await sql`select state from webhook_deliveries`)]).toEqual([{ state: 'pending' }]);
});

test('a success that heals an endpoint waits for nobody who waits for it', async () => {
  const { database, sql, claim, delivery, endpointId, add } = await claimOne();
  const userIds = Array.from({ length: 12 }, () => crypto.randomUUID());
  for (const userId of userIds) await add(userId);
  await sql`update gated_endpoints set state = 'failing', failures = 5`;
  await sql`update webhook_lanes set next_at = now() + interval '1 hour' where user_id <> ${claim.userId}`;
  // As a statement that adds deliveries of all these customers locks their lanes.
  const [firstId = '', ...laterIds] = [...userIds, claim.userId].toSorted();
  const adding = await sql.reserve();
  await adding`begin`;
  await adding`update webhook_lanes set version = version + 1 where user_id = ${firstId}`;
  const healing = markDelivered(database, claim, delivery.id, { ...ENTRY, status: 200 });
  await eventually('it waits', async () => (await countLockWaits(sql)) > 0);
  for (const userId of laterIds) {
    await adding`update webhook_lanes set version = version + 1 where user_id = ${userId}`;
  }
  await adding`commit`;
  adding.release();
  await healing;
  const lanes = await sql`
    select next_at <= now() as due from webhook_lanes where endpoint_id = ${endpointId} and next_at is not null`;
  expect([...lanes].every(({ due }) => due)).toBe(true);
  expect([...(await sql`select state, failures from gated_endpoints`)]).toEqual([
    { state: 'enabled', failures: 0 },
  ]);
});

const PARTNER = 'ptn_0123456789abcdefghij';
const ENDPOINT_ACTS = {
  add: `insert into webhook_endpoints (partner_id, url, event_types, secret, created_by)
    values ('${PARTNER}', 'https://partner.example/more', '{limit.closed}', 'sealed', 'test')`,
  enable: `update webhook_endpoints set state = 'enabled', disabled_by = null`,
  disable: `update webhook_endpoints set state = 'disabled', disabled_by = 'act'`,
};
const PARTNER_ACTS = {
  enable: `update partners set status = 'active'`,
  disable: `update partners set status = 'disabled'`,
  remove: `update partners set status = 'removed'`,
};
const turns = Object.keys(ENDPOINT_ACTS).flatMap((endpointAct) =>
  Object.keys(PARTNER_ACTS).flatMap((partnerAct) =>
    [true, false].map((isPartnerFirst) => [endpointAct, partnerAct, isPartnerFirst] as const),
  ),
);

/** Ends when the work does, or waits for a lock. */
const untilItWaits = (sql: postgres.Sql, work: Promise<unknown>) => {
  let isOver = false;
  void work.finally(() => (isOver = true));
  return eventually('it waits or is over', async () => {
    return isOver || (await countLockWaits(sql)) > 0;
  });
};

test.each(turns)('an endpoint (%s) is open as its partner is (%s; partner first: %p)', async (...turn) => {
  const [endpointAct, partnerAct, isPartnerFirst] = turn;
  const sql = postgres(await createTestDatabase(), { max: 3, onnotice: () => {} });
  const [first, second] = await Promise.all([sql.reserve(), sql.reserve()]);
  try {
    const [partnerBefore, endpointBefore] = [
      partnerAct === 'enable' ? 'disabled' : 'active',
      endpointAct === 'enable' ? 'disabled' : 'enabled',
    ];
    await sql`
      insert into partners (id, name, scopes, events_per_second, created_by, changed_by)
      values (${PARTNER}, 'p', '{webhooks:manage}', 10, 'ada', 'ada')`;
    await sql.unsafe(ENDPOINT_ACTS.add);
    if (endpointBefore === 'disabled') await sql.unsafe(ENDPOINT_ACTS.disable);
    if (partnerBefore === 'disabled') await sql.unsafe(PARTNER_ACTS.disable);
    const endpointText = ENDPOINT_ACTS[endpointAct as keyof typeof ENDPOINT_ACTS];
    const partnerText = PARTNER_ACTS[partnerAct as keyof typeof PARTNER_ACTS];
    await first`begin`;
    await first.unsafe(isPartnerFirst ? partnerText : endpointText);
    const later = second.unsafe(isPartnerFirst ? endpointText : partnerText).execute();
    await untilItWaits(sql, later);
    await first`commit`;
    await later;
    const faults = await sql`
      select state, status, closed_periods from webhook_endpoints join partners on partners.id = partner_id
      where case when status = 'removed' then removed_at is null
        else closed_periods @> clock_timestamp() is distinct from (state = 'disabled' or status <> 'active') end`;
    expect([...faults]).toEqual([]);
  } finally {
    first.release();
    second.release();
    await sql.end({ timeout: 1 });
  }
});

test('a credential that is added while its partner is removed ends with it', async () => {
  const url = await createTestDatabase();
  const database = await openTestDatabase(runtime, url);
  const sql = postgres(url, { max: 3, onnotice: () => {} });
  const adding = await sql.reserve();
  await sql`
    insert into partners (id, name, scopes, events_per_second, created_by, changed_by)
    values (${PARTNER}, 'p', '{webhooks:manage}', 10, 'ada', 'ada')`;
  await adding`begin`;
  await adding`
    insert into partner_credentials (partner_id, secret_hash, created_by)
    values (${PARTNER}, ${'0'.repeat(64)}, 'ada')`;
  const removal = changePartnerStatus(database, PARTNER, 'removed', { by: 'ada' });
  await untilItWaits(sql, removal);
  await adding`commit`;
  adding.release();
  await removal;
  expect(await sql`select from partner_credentials where expires_at is null`).toHaveLength(0);
  await sql.end({ timeout: 1 });
});
