import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { startWebhookReceiver, storeEndpoint, storeEvents } from '../../../tests/harness/webhook-receiver.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { createSecretBox } from '../../../platform/webhooks/webhook-secret.ts';
import type { WebhookChange } from '../../../sdk/contracts/webhook.ts';
import { insertDeliveries } from '../../webhooks/event-store.ts';
import { insertWebhook, type Owner, removeWebhook, updateWebhook } from './endpoint-store.ts';

const runtime = createTestRuntime();
const secrets = createSecretBox('a secret key of at least 32 characters');
const receiver = startWebhookReceiver();
afterAll(() => receiver.stop());

let database: Database;
beforeAll(async () => {
  database = await openTestDatabase(runtime);
}, 30_000);

const operator = { partnerId: null, actor: { kind: 'operator', name: 'ada' }, name: 'ada' } as const;
const change = (id: string, changes: WebhookChange) =>
  updateWebhook(database, operator, id, { act: 'webhook.change', changes });

const typesFor = async (endpointId: string, userId: string) => {
  const rows = await database.query(
    (sql) => sql<{ event_type: string }[]>`
      select event_type from webhook_deliveries
      where endpoint_id = ${endpointId} and user_id = ${userId} order by sequence`,
  );
  return rows.map(({ event_type: type }) => type);
};

test('an added type begins with the events after the change, and a type that stays misses none', async () => {
  const { id } = await storeEndpoint(database, secrets, receiver, ['offer.accepted']);
  const earlierCustomer = await storeEvents(database, 2);
  await change(id, { event_types: ['offer.accepted', 'limit.closed'] });
  const laterCustomer = await storeEvents(database, 2);
  await change(id, { event_types: ['limit.closed', 'offer.accepted'] });
  await insertDeliveries(database, [earlierCustomer.userId, laterCustomer.userId]);
  expect(await typesFor(id, earlierCustomer.userId)).toEqual(['offer.accepted']);
  expect(await typesFor(id, laterCustomer.userId)).toEqual(['offer.accepted', 'limit.closed']);
});

test('a new address begins without failures and takes at once what waits; the same one keeps them', async () => {
  const { id, path } = await storeEndpoint(database, secrets, receiver);
  const { userId } = await storeEvents(database, 1);
  await insertDeliveries(database, [userId]);
  await database.query(
    (sql) => sql`
      update webhook_endpoints set state = 'failing', failures = 3, failing_since = now() where id = ${id}`,
  );
  const delay = () =>
    database.query(
      (sql) => sql`update webhook_lanes set next_at = now() + interval '1 hour' where endpoint_id = ${id}`,
    );
  const readState = async () => {
    const [row] = await database.query(
      (sql) => sql`
        select state, failures, failing_since is null as is_healed,
          (select next_at <= now() from webhook_lanes where endpoint_id = ${id}) as is_due
        from webhook_endpoints where id = ${id}`,
    );
    return row;
  };
  await delay();
  await change(id, { description: 'of the partner', url: `${receiver.url}${path}` });
  expect(await readState()).toMatchObject({ state: 'failing', failures: 3, is_healed: false });
  await delay();
  await change(id, { event_types: ['limit.closed'] });
  expect(await readState()).toMatchObject({ state: 'failing', failures: 3, is_healed: false, is_due: false });
  await change(id, { url: `${receiver.url}/new` });
  expect(await readState()).toEqual({ state: 'enabled', failures: 0, is_healed: true, is_due: true });
});

test('events of the time that an endpoint was disabled are not delivered once a change enables it', async () => {
  const { id } = await storeEndpoint(database, secrets, receiver, ['limit.closed']);
  expect(await change(id, { enabled: false })).toMatchObject({ state: 'disabled', disabled_by: 'act' });
  const missedCustomer = await storeEvents(database, 2);
  expect(await change(id, { enabled: true })).toMatchObject({ state: 'enabled', disabled_by: null });
  const nextCustomer = await storeEvents(database, 2);
  await change(id, { enabled: true });
  await insertDeliveries(database, [missedCustomer.userId, nextCustomer.userId]);
  expect(await typesFor(id, missedCustomer.userId)).toEqual([]);
  expect(await typesFor(id, nextCustomer.userId)).toEqual(['limit.closed']);
});

test('events from before an endpoint was disabled are kept for it, also when they are read late', async () => {
  const { id } = await storeEndpoint(database, secrets, receiver, ['limit.closed']);
  const early = await storeEvents(database, 2);
  await change(id, { enabled: false });
  const missed = await storeEvents(database, 2);
  await insertDeliveries(database, [early.userId, missed.userId]);
  expect(await typesFor(id, early.userId)).toEqual(['limit.closed']);
  expect(await typesFor(id, missed.userId)).toEqual([]);
  await change(id, { enabled: true });
  const between = await storeEvents(database, 2);
  await updateWebhook(database, operator, id, { act: 'webhook.disable' });
  await updateWebhook(database, operator, id, { act: 'webhook.enable' });
  await insertDeliveries(database, [missed.userId, between.userId]);
  expect(await typesFor(id, missed.userId)).toEqual([]);
  expect(await typesFor(id, between.userId)).toEqual(['limit.closed']);
});

test('a partner has at most 50 endpoints, also of additions at the same moment; a removed one makes room', async () => {
  const partnerOf = (partnerId: string): Owner => ({
    partnerId,
    actor: { kind: 'system', name: partnerId },
    name: partnerId,
  });
  const full = partnerOf(crypto.randomUUID());
  const webhook = { url: 'https://partner.example/hooks', event_types: ['limit.closed' as const] };
  const add = (owner: Owner) => insertWebhook(database, owner, webhook, secrets.seal('a secret'));
  const added = await Promise.all(Array.from({ length: 60 }, () => add(full)));
  const endpoints = added.flatMap((endpoint) => endpoint ?? []);
  expect(endpoints).toHaveLength(50);
  expect(await add(full)).toBeNull();
  expect(await add(partnerOf(crypto.randomUUID()))).not.toBeNull();

  await removeWebhook(database, full, endpoints[0]?.webhook_id ?? '');
  expect(await add(full)).not.toBeNull();
  expect(await add(full)).toBeNull();
});

test('a removal that is sent again has the same response, and is one act; another partner has none', async () => {
  const owner: Owner = {
    partnerId: 'ptn_removes',
    actor: { kind: 'system', name: 'ptn_removes' },
    name: 'ptn_removes',
  };
  const webhook = { url: 'https://partner.example/hooks', event_types: ['limit.closed' as const] };
  const id = (await insertWebhook(database, owner, webhook, secrets.seal('a secret')))?.webhook_id ?? '';
  const others = { ...owner, partnerId: 'ptn_other' };
  expect(await removeWebhook(database, others, id)).toBe(false);
  expect(await removeWebhook(database, owner, id)).toBe(true);
  expect(await removeWebhook(database, owner, id)).toBe(true);
  expect(await removeWebhook(database, others, id)).toBe(false);
  expect(await removeWebhook(database, owner, crypto.randomUUID())).toBe(false);
  const acts = await database.query(
    (sql) => sql`select from audit_log where act = 'webhook.remove' and subject_id = ${id}`,
  );
  expect(acts).toHaveLength(1);
});

test('a change that is sent again is one act, and has the response of the first', async () => {
  const { id, path } = await storeEndpoint(database, secrets, receiver, ['limit.closed']);
  const countActs = async (act: string) => {
    const [row] = await database.query(
      (sql) => sql<{ count: number }[]>`
        select count(*)::int from audit_log where subject_id = ${id} and act = ${act}`,
    );
    return row?.count;
  };
  const changes = { url: `${receiver.url}${path}/v2`, event_types: ['limit.closed' as const] };
  const [first, again] = await Promise.all([change(id, changes), change(id, changes)]);
  expect([first?.url, again]).toEqual([changes.url, first]);
  expect(await countActs('webhook.change')).toBe(1);
  for (const enabled of [false, true]) {
    expect(await change(id, { enabled })).toEqual(await change(id, { enabled }));
  }
  expect(await countActs('webhook.change')).toBe(3);
  for (const act of ['webhook.disable', 'webhook.enable'] as const) {
    for (const _ of [1, 2]) await updateWebhook(database, operator, id, { act });
    expect([act, await countActs(act)]).toEqual([act, 1]);
  }
  // Another one, as one of the deliveries waits for its next attempt.
  await insertDeliveries(database, [(await storeEvents(database, 2)).userId]);
  await database.query(
    (sql) => sql`update webhook_lanes set next_at = now() + interval '1 hour' where endpoint_id = ${id}`,
  );
  await updateWebhook(database, operator, id, { act: 'webhook.enable' });
  expect(await countActs('webhook.enable')).toBe(2);
});
