import { expect, test } from 'bun:test';
import { updateWebhook } from '../../apps/back-office/webhooks/endpoint-store.ts';
import { insertDeliveries } from '../../apps/webhooks/event-store.ts';
import { createSecretBox } from '../../platform/webhooks/webhook-secret.ts';
import type { WebhookChange } from '../../sdk/contracts/webhook.ts';
import { createTestRuntime, openTestDatabase } from '../harness/runtime.ts';
import { startWebhookReceiver, storeEndpoint, storeEvents } from '../harness/webhook-receiver.ts';

const runtime = createTestRuntime();
const secrets = createSecretBox('a secret key of at least 32 characters');
const owner = { partnerId: null, actor: { kind: 'operator', name: 'ada' }, name: 'ada' } as const;

/** An endpoint for limits that were closed, and the events that it has deliveries of. */
async function startEndpoint() {
  const database = await openTestDatabase(runtime);
  const receiver = startWebhookReceiver();
  await receiver.stop();
  const { id } = await storeEndpoint(database, secrets, receiver, ['limit.closed']);
  const change = (changes: WebhookChange) =>
    updateWebhook(database, owner, id, { act: 'webhook.change', changes });
  const typesOf = async (userId: string) => {
    await insertDeliveries(database, [userId]);
    const rows = await database.query(
      (sql) => sql<{ event_type: string }[]>`
        select event_type from webhook_deliveries where user_id = ${userId} order by sequence`,
    );
    return rows.map(({ event_type: type }) => type);
  };
  const fail = () =>
    database.query(
      (sql) => sql`
        update webhook_endpoints set state = 'failing', failures = 3, failing_since = now() where id = ${id}`,
    );
  return { database, change, typesOf, fail };
}

test('an added type begins with the change, and the types before go on without a gap', async () => {
  const { database, change, typesOf } = await startEndpoint();
  const before = await storeEvents(database, 2);
  // Not seen by the service yet: it is no event of after the change, and is sent all the same.
  await change({ event_types: ['limit.closed', 'limit.activated', 'offer.accepted'] });
  expect(await typesOf(before.userId)).toEqual(['limit.closed']);
  const { userId } = await storeEvents(database, 2);
  expect(await typesOf(userId)).toEqual(['offer.accepted', 'limit.activated', 'limit.closed']);
  await change({ event_types: ['limit.activated'] });
  await change({ event_types: ['limit.activated', 'limit.closed'] });
  expect(await typesOf(before.userId)).toEqual(['limit.closed']);
  const last = await storeEvents(database, 2);
  expect(await typesOf(last.userId)).toEqual(['limit.activated', 'limit.closed']);
});

test('a new address begins without the failures of the one before; other changes keep them', async () => {
  const { change, fail } = await startEndpoint();
  await fail();
  expect(await change({ description: 'ledger' })).toMatchObject({ state: 'failing', description: 'ledger' });
  const moved = await change({ url: 'https://partner.example.com/v2' });
  expect(moved).toMatchObject({ state: 'enabled', failing_since: null });
  await fail();
  const same = await change({ url: 'https://partner.example.com/v2' });
  expect(same).toMatchObject({ state: 'failing' });
  expect(await change({ enabled: false })).toMatchObject({ state: 'disabled', disabled_by: 'act' });
  const elsewhere = await change({ url: 'https://partner.example.com/v3' });
  expect(elsewhere).toMatchObject({ state: 'disabled', description: 'ledger' });
  expect(await change({ enabled: true })).toMatchObject({ state: 'enabled', disabled_by: null });
});
