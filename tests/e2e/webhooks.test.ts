import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { EcsClient, verifyWebhook, type Webhook } from '../../sdk/index.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { eventually } from '../harness/engines.ts';
import { storeOffer } from '../harness/offers.ts';
import { newOperator } from '../harness/operators.ts';
import { usePartners } from '../harness/partners.ts';
import { newCustomer, useSystem } from '../harness/system.ts';

/** Webhooks as an operator and a receiver meet them. */
const system = useSystem({ split: false, variables: { WEBHOOK_ALLOW_NETWORKS: '127.0.0.1' } });

interface Arrival {
  headers: Headers;
  body: string;
}
let arrivals: Arrival[] = [];
let status = 200;
const receiver = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  async fetch(request) {
    arrivals.push({ headers: request.headers, body: await request.text() });
    return new Response('thanks', { status });
  },
});
afterAll(() => receiver.stop(true));
const url = `http://127.0.0.1:${receiver.port}/hooks`;

let api: EcsOperatorClient;
beforeAll(async () => {
  const { token } = await newOperator(system(), ['operator']);
  api = new EcsOperatorClient({ baseUrl: system().url, token });
}, 30_000);

/** Somebody with an open offer. */
async function customerWithOffer() {
  const { url: baseUrl, sql } = system();
  const { id, token } = await newCustomer(baseUrl);
  const offerId = await storeOffer(sql, id);
  return { id, offerId, ecs: new EcsClient({ baseUrl, token }) };
}
const idOf = ({ body }: Arrival) => (JSON.parse(body) as { data: { user_id?: string } }).data.user_id;
const arrivedFor = (userId: string) => arrivals.filter((arrival) => idOf(arrival) === userId);

describe('a webhook', () => {
  test('gets the acceptance, the active limit and its end, in order, and the SDK verifies them', async () => {
    const added = await api.webhooks.add({
      url,
      event_types: ['offer.accepted', 'limit.activated', 'limit.closed'],
    });
    expect(added.secret).toStartWith('whsec_');
    expect(JSON.stringify(await api.webhooks.get(added.webhook_id))).not.toContain('whsec_');
    const { id, offerId, ecs } = await customerWithOffer();
    await ecs.offers.accept(offerId).waitUntilActive({ timeoutMs: 10_000 });
    await ecs.offers.close(offerId, {});
    const mine = await eventually('all three have arrived', async () => {
      const messages = arrivedFor(id);
      return messages.length >= 3 && messages;
    });
    const events = await Promise.all(
      mine.map(({ body, headers }) => verifyWebhook(body, headers, added.secret)),
    );
    expect(events.map(({ type }) => type)).toEqual(['offer.accepted', 'limit.activated', 'limit.closed']);
    const [delivery] = (await api.webhooks.deliveries(added.webhook_id)).items;
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 1, last_status: 200, user_id: id });
    const details = await api.webhooks.delivery(added.webhook_id, delivery?.delivery_id ?? '');
    expect(details.log).toMatchObject([{ status: 200, response: 'thanks', error: null }]);
    expect(details.payload).toBe(mine.at(-1)?.body ?? '');
    await api.webhooks.remove(added.webhook_id);
    await expect(api.webhooks.get(added.webhook_id)).rejects.toMatchObject({ code: 'webhook_not_found' });
  }, 30_000);

  test('that was disabled is sent the events it missed by a redelivery, with the same ids', async () => {
    const since = new Date().toISOString();
    const { webhook_id: webhookId } = await api.webhooks.add({ url, event_types: ['limit.activated'] });
    await api.webhooks.disable(webhookId);
    const { id, offerId, ecs } = await customerWithOffer();
    await ecs.offers.accept(offerId).waitUntilActive({ timeoutMs: 10_000 });
    const { items } = await eventually('it is an event', async () => {
      const events = await api.webhooks.events({ since });
      return events.items.some(({ payload }) => payload.includes(id)) && events;
    });
    expect(items.filter(({ payload }) => payload.includes(id)).map(({ event_type }) => event_type)).toEqual([
      'offer.accepted',
      'limit.activated',
    ]);
    expect(await api.webhooks.enable(webhookId)).toMatchObject({ state: 'enabled', pending: 0 });
    expect(arrivedFor(id)).toEqual([]);
    expect(await api.webhooks.redeliver(webhookId, { since })).toMatchObject({ deliveries: 1 });
    const [first] = await eventually('it arrives', async () => arrivedFor(id).length === 1 && arrivedFor(id));
    const [line] = await eventually('it is delivered', async () => {
      const page = await api.webhooks.deliveries(webhookId, { state: 'delivered' });
      return page.items.length === 1 && page.items;
    });
    await api.webhooks.redeliver(webhookId, { delivery_id: line?.delivery_id ?? '' });
    await eventually('it arrives again', async () => arrivedFor(id).length === 2);
    const [, second] = arrivedFor(id);
    expect(second?.headers.get('webhook-id')).toBe(first?.headers.get('webhook-id') ?? '');
    expect(second?.body).toBe(first?.body ?? '');
    await api.webhooks.remove(webhookId);
  }, 30_000);

  test('that was given up is sent again behind those that wait', async () => {
    const { webhook_id: webhookId } = await api.webhooks.add({ url, event_types: ['limit.closed'] });
    await api.webhooks.disable(webhookId);
    const { sql } = system();
    const [first, second] = await sql<{ id: string }[]>`
      insert into webhook_deliveries (endpoint_id, event_id, user_id, event_type, payload, state)
      select ${webhookId}, gen_random_uuid(), ${crypto.randomUUID()}, 'limit.closed', '{}', state
      from unnest(array['given_up', 'pending']) as state returning id`;
    for (const delivery of [first, second]) {
      await api.webhooks.redeliver(webhookId, { delivery_id: delivery?.id ?? '' });
    }
    const pending = await sql<{ id: string }[]>`
      select id from webhook_deliveries where endpoint_id = ${webhookId} and state = 'pending'
      order by sequence`;
    expect(pending.map(({ id }) => id)).toEqual([second?.id ?? '', first?.id ?? '']);
    await api.webhooks.remove(webhookId);
  });

  test('is tested with one attempt, also while it is disabled', async () => {
    const { webhook_id: webhookId } = await api.webhooks.add({ url, event_types: ['limit.closed'] });
    await api.webhooks.disable(webhookId);
    status = 500;
    const { delivery_id: deliveryId } = await api.webhooks.test(webhookId);
    const failed = await eventually('it has its outcome', async () => {
      const delivery = await api.webhooks.delivery(webhookId, deliveryId);
      return delivery.state !== 'pending' && delivery;
    });
    status = 200;
    expect(failed).toMatchObject({ state: 'given_up', attempts: 1, user_id: null, last_status: 500 });
    await api.webhooks.remove(webhookId);
  }, 30_000);

  test('signs with both secrets in the grace of a rotation', async () => {
    arrivals = [];
    const { webhook_id: webhookId, secret } = await api.webhooks.add({ url, event_types: ['limit.closed'] });
    const rotated = await api.webhooks.rotate(webhookId, { grace_hours: 1 });
    expect(rotated.secret_before_until).not.toBeNull();
    await api.webhooks.test(webhookId);
    const message = await eventually('it arrives', async () => arrivals[0]);
    for (const key of [secret, rotated.secret]) {
      expect(await verifyWebhook(message.body, message.headers, key)).toMatchObject({ type: 'webhook.test' });
    }
    await api.webhooks.remove(webhookId);
  }, 30_000);

  test.each([
    'http://example.com/hooks',
    'https://10.0.0.1/hooks',
    'https://169.254.169.254/latest/meta-data',
    'https://[fd00:ec2::254]/',
    'https://[::ffff:10.0.0.1]/',
    'https://0x0a000001/',
    'https://redis:6379/',
    `https://${'a'.repeat(64)}.example/`,
    'https://ada:secret@example.com/',
    'ftp://example.com/',
  ])('is refused at %s', async (bad) => {
    const adding = api.webhooks.add({ url: bad, event_types: ['limit.closed'] });
    await expect(adding).rejects.toMatchObject({ status: 422 });
  });

  test('is changed in place: its address is checked, and its act is on record', async () => {
    const { webhook_id: id } = await api.webhooks.add({ url: `${url}/a`, event_types: ['limit.closed'] });
    const refused = api.webhooks.change(id, { url: 'https://10.0.0.1/hooks' });
    await expect(refused).rejects.toMatchObject({ status: 422, errors: [{ path: '/body/url' }] });
    const nowhere = api.webhooks.change(id, { url: `https://${'a'.repeat(64)}.example/` });
    await expect(nowhere).rejects.toMatchObject({ status: 422, errors: [{ path: '/body/url' }] });
    expect(await api.webhooks.get(id)).toMatchObject({ url: `${url}/a` });
    await expect(api.webhooks.change(id, {})).rejects.toMatchObject({ status: 422 });
    expect(await api.webhooks.change(id, { enabled: false })).toMatchObject({ state: 'disabled' });
    const event_types: Webhook['event_types'] = ['limit.closed', 'credit.denied'];
    const changed = await api.webhooks.change(id, { url, event_types, enabled: true });
    expect(changed).toMatchObject({ url, event_types, state: 'enabled', disabled_by: null });
    await api.webhooks.test(id);
    await eventually('it arrives at the new address', async () => arrivals.length > 0);
    const acts = await system().sql<{ details: object }[]>`
      select details from audit_log where subject_id = ${id} and act = 'webhook.change' order by created_at, id`;
    expect(acts.map(({ details }) => details)).toEqual([
      { enabled: false },
      { host: new URL(url).host, event_types, enabled: true },
    ]);
    await api.webhooks.remove(id);
  }, 30_000);

  test('is an act on record, with its host and without its secret', async () => {
    const { webhook_id: webhookId } = await api.webhooks.add({ url, event_types: ['limit.closed'] });
    await api.webhooks.rotate(webhookId);
    await api.webhooks.remove(webhookId);
    const acts = await system().sql<{ act: string; details: object }[]>`
      select act, details from audit_log where subject_kind = 'webhook' and subject_id = ${webhookId}
        and act like 'webhook.%' order by created_at, id`;
    expect(acts.map(({ act }) => act)).toEqual(['webhook.add', 'webhook.rotate', 'webhook.remove']);
    expect(acts[0]?.details).toMatchObject({ host: new URL(url).host });
    expect(JSON.stringify(acts)).not.toContain('whsec_');
  });

  test('is for operators: a viewer reads, and nobody else does', async () => {
    const viewer = await newOperator(system(), ['viewer']);
    const reader = new EcsOperatorClient({ baseUrl: system().url, token: viewer.token });
    expect((await reader.webhooks.list()).items).toEqual([]);
    const adding = reader.webhooks.add({ url, event_types: ['limit.closed'] });
    await expect(adding).rejects.toMatchObject({ code: 'role_missing' });
  });
});

test('a partner sees and changes its own webhooks alone, and needs the scope', async () => {
  const partners = await usePartners(system());
  const clientOf = async (scope: 'webhooks:manage' | 'emotions:write') => {
    const partner = await partners.add({ scopes: [scope] });
    const token = await partners.tokenOf(partner);
    return { partnerId: partner.client_id, client: new EcsClient({ baseUrl: system().url, token }) };
  };
  const [ada, eve] = [await clientOf('webhooks:manage'), await clientOf('webhooks:manage')];
  const added = await ada.client.webhooks.add({ url, event_types: ['limit.activated'] });
  expect(added).toMatchObject({ partner_id: ada.partnerId, created_by: ada.partnerId });
  const id = added.webhook_id;
  expect((await ada.client.webhooks.list()).items.map(({ webhook_id }) => webhook_id)).toEqual([id]);
  expect((await eve.client.webhooks.list()).items).toEqual([]);
  const absent = { code: 'webhook_not_found' };
  const { webhooks } = eve.client;
  await expect(webhooks.get(id)).rejects.toMatchObject(absent);
  await expect(webhooks.rotate(id)).rejects.toMatchObject(absent);
  await expect(webhooks.change(id, { enabled: false })).rejects.toMatchObject(absent);
  await expect(webhooks.disable(id)).rejects.toMatchObject(absent);
  await expect(webhooks.enable(id)).rejects.toMatchObject(absent);
  await expect(webhooks.test(id)).rejects.toMatchObject(absent);
  await expect(webhooks.deliveries(id)).rejects.toMatchObject(absent);
  await expect(webhooks.redeliver(id, { since: '2026-01-01T00:00:00Z' })).rejects.toMatchObject(absent);
  await expect(webhooks.remove(id)).rejects.toMatchObject(absent);
  const { delivery_id: deliveryId } = await ada.client.webhooks.test(id);
  await expect(webhooks.delivery(id, deliveryId)).rejects.toMatchObject(absent);
  // Nor by way of an endpoint of its own.
  const other = await webhooks.add({ url, event_types: ['limit.closed'] });
  const foreign = { delivery_id: deliveryId };
  await expect(webhooks.redeliver(other.webhook_id, foreign)).rejects.toMatchObject({
    code: 'delivery_not_found',
  });
  await expect(webhooks.delivery(other.webhook_id, deliveryId)).rejects.toMatchObject({
    code: 'delivery_not_found',
  });
  const unscoped = await clientOf('emotions:write');
  await expect(unscoped.client.webhooks.list()).rejects.toMatchObject({ code: 'insufficient_scope' });
  expect((await api.webhooks.list()).items.map(({ partner_id }) => partner_id)).toEqual([
    ada.partnerId,
    eve.partnerId,
  ]);
  await api.webhooks.remove(id);
  await webhooks.remove(other.webhook_id);
}, 30_000);
