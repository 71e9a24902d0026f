import { expect, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { startWebhookReceiver, storeEndpoint, storeEvents } from '../../tests/harness/webhook-receiver.ts';
import { createSecretBox } from '../../platform/webhooks/webhook-secret.ts';
import { insertDeliveries } from './event-store.ts';
import { selectFigures } from './figures-store.ts';
import { deleteOldDeliveries, purgeRemoved } from './retention-store.ts';

const runtime = createTestRuntime();
const secrets = createSecretBox('a secret key of at least 32 characters');

test('deliveries are kept for 30 days, and those of a removed endpoint go in portions', async () => {
  const database = await openTestDatabase(runtime);
  const receiver = startWebhookReceiver();
  const [removed, otherEndpoint] = [
    await storeEndpoint(database, secrets, receiver),
    await storeEndpoint(database, secrets, receiver),
  ];
  const { userId } = await storeEvents(database, 3);
  await insertDeliveries(database, [userId]);
  await database.query(
    (sql) => sql`
      insert into webhook_deliveries (endpoint_id, event_id, user_id, event_type, payload)
      select ${removed.id}, gen_random_uuid(), gen_random_uuid(), 'limit.closed', '' from generate_series(1, 2500)`,
  );
  expect(await purgeRemoved(database)).toBe(false);
  await database.query(
    (sql) => sql`
      update webhook_endpoints set removed_at = now(), state = 'disabled', disabled_by = 'act'
      where id = ${removed.id}`,
  );
  expect(await selectFigures(database)).toMatchObject({ enabled: 1, disabled: 0, pending: 4 });
  const purge = async () => {
    let portions = 0;
    while (await purgeRemoved(database)) portions += 1;
    const [rows] = await database.query(
      (sql) => sql<{ endpoints: number; deliveries: number; lanes: number }[]>`
        select (select count(*)::int from webhook_endpoints) as endpoints,
          (select count(*)::int from webhook_deliveries) as deliveries,
          (select count(*)::int from webhook_lanes) as lanes`,
    );
    return { portions, ...rows };
  };
  // The endpoint itself is there for a removal that is sent again.
  expect(await purge()).toEqual({ portions: 2, endpoints: 2, deliveries: 4, lanes: 1 });
  await database.query(
    (sql) => sql`
      update webhook_endpoints set removed_at = now() - interval '61 minutes' where id = ${removed.id}`,
  );
  expect(await purge()).toEqual({ portions: 1, endpoints: 1, deliveries: 4, lanes: 1 });

  expect(await deleteOldDeliveries(database)).toBe(0);
  await database.query(
    (sql) => sql`
      update webhook_deliveries set created_at = now() - interval '31 days'
      where id = (select id from webhook_deliveries where endpoint_id = ${otherEndpoint.id} order by sequence limit 1)`,
  );
  expect(await deleteOldDeliveries(database)).toBe(1);
  await receiver.stop();
});
