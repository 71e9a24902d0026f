import { afterAll, afterEach, expect, setSystemTime, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { startWebhookReceiver, storeEndpoint, storeEvents } from '../../../tests/harness/webhook-receiver.ts';
import { createSecretBox } from '../../../platform/webhooks/webhook-secret.ts';
import { createManageWebhooks } from './manage-webhooks.ts';

const runtime = createTestRuntime();
const secrets = createSecretBox('a secret key of at least 32 characters');
const receiver = startWebhookReceiver();
afterAll(() => receiver.stop());
afterEach(() => void setSystemTime());

test('a redelivery without an end has the newest events, where the clock of the service is half an hour behind', async () => {
  const database = await openTestDatabase(runtime);
  const webhooks = createManageWebhooks({ database, secrets, allowed: null });
  const owner = { partnerId: null, actor: { kind: 'operator', name: 'ada' }, name: 'ada' } as const;
  const { id } = await storeEndpoint(database, secrets, receiver, ['offer.accepted']);
  await storeEvents(database, 2);
  const since = new Date(Date.now() - 3_600_000).toISOString();
  setSystemTime(new Date(Date.now() - 1_800_000));
  const count = await webhooks.redeliver(owner, id, { since });
  expect(count).toBe(1);
});
