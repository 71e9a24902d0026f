import { expect } from 'bun:test';
import { exportJWK, generateKeyPair } from 'jose';
import { EcsClient, type Webhooks } from '../../sdk/index.ts';
import type { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { ENDPOINT_LIST } from '../../sdk/contracts/endpoints.ts';
import { PARTNER_SCOPES } from '../../sdk/contracts/partner-scopes.ts';
import { eventually } from '../harness/engines.ts';
import { bearer, emotionOf, newCustomer } from '../harness/system.ts';
import { startWebhookReceiver } from '../harness/webhook-receiver.ts';

/** A partner from its first token to its end, with a secret and with a key, and with webhooks of its own. */
export async function livePartner(url: string, office: EcsOperatorClient): Promise<void> {
  const options = { idempotencyKey: crypto.randomUUID() };
  const partner = { name: 'of a test', scopes: [...PARTNER_SCOPES], events_per_second: 1000 };
  const { client_id: clientId, client_secret: secret } = await office.partners.add(partner, options);
  const wrong = new EcsClient({ baseUrl: url, clientId, clientSecret: 'wrong', maxRetries: 0 });
  const { id: userId } = await newCustomer(url);
  const refusal = await wrong.emotions.send(emotionOf(userId)).then(
    () => null,
    (error: unknown) => error,
  );
  expect(refusal).toMatchObject({ status: 401 });

  const ecs = new EcsClient({ baseUrl: url, clientId, clientSecret: secret ?? '' });
  // More than is kept from the replicas.
  await ecs.emotions.sendBatch(Array.from({ length: 200 }, () => emotionOf(userId)));
  await ecs.transactions.sendBatch(Array.from({ length: 60 }, () => ({ userId, amount: 150.25 })));
  await useKey(url, office, userId);

  await useWebhooks(ecs.webhooks);
  await office.partners.disable(clientId);
  await office.partners.enable(clientId);
  await office.partners.change(clientId, { events_per_second: 900 });
  await office.partners.rotate(clientId);
  await office.partners.remove(clientId);
}

/** A partner with a key, which signs its requests for tokens. */
async function useKey(url: string, office: EcsOperatorClient, userId: string): Promise<void> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const { client_id: clientId } = await office.partners.add({
    name: 'of a test, with a key',
    scopes: ['emotions:write'],
    public_key: { ...(await exportJWK(publicKey)), kid: 'k1' },
  });
  const jwk = { ...(await exportJWK(privateKey)), kid: 'k1' } as { kty: string };
  const ecs = new EcsClient({ baseUrl: url, clientId, privateKey: jwk });
  await ecs.emotions.send(emotionOf(userId));
}

/** Every act on a webhook endpoint, of a partner or of operators. */
export async function useWebhooks(webhooks: Webhooks): Promise<void> {
  const receiver = startWebhookReceiver();
  const { webhook_id: id } = await webhooks.add({ url: `${receiver.url}/`, event_types: ['limit.closed'] });
  const { delivery_id: deliveryId } = await webhooks.test(id);
  await eventually('the test has arrived', async () => receiver.received.length === 1);
  await eventually('its delivery is logged', async () => {
    return (await webhooks.delivery(id, deliveryId)).state === 'delivered';
  });
  await webhooks.redeliver(id, { delivery_id: deliveryId });
  await eventually('it has arrived again', async () => receiver.received.length === 2);
  await webhooks.change(id, { event_types: ['limit.closed', 'offer.accepted'] });
  await webhooks.rotate(id);
  await webhooks.disable(id);
  await webhooks.enable(id);
  expect((await webhooks.deliveries(id)).items.length).toBeGreaterThan(0);
  expect((await webhooks.get(id)).state).toBe('enabled');
  expect((await webhooks.list()).items.map(({ webhook_id }) => webhook_id)).toContain(id);
  await webhooks.remove(id);
  await receiver.stop();
}

/** Reads all that needs no name of a thing, as operators do. */
export async function readEverything(url: string, operator: { token: string }): Promise<void> {
  const reads = ENDPOINT_LIST.filter(
    ([, { method, path }]) => method === 'GET' && path.startsWith('/v1/operators/') && !path.includes('{'),
  );
  const failures: string[] = [];
  for (const [, { path }] of reads) {
    const response = await fetch(`${url}${path}`, { headers: bearer(operator) });
    if (response.status >= 500 || response.status === 403) failures.push(`${path}: ${response.status}`);
    await response.body?.cancel();
  }
  expect(reads.length).toBeGreaterThan(10);
  expect(failures).toEqual([]);
}
