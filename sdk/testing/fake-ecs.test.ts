import { DAY_MS } from '../contracts/time.ts';
import { describe, expect, test } from 'bun:test';
import { exportJWK, generateKeyPair } from 'jose';
import { EcsClient } from '../client.ts';
import type { EcsError } from '../core/errors.ts';
import type { EcsClientOptions } from '../core/options.ts';
import { failureOf } from '../core/test-server.ts';
import { createFakeEcs, type FakeEcsOptions } from './index.ts';

/** A fake with one customer. */
function start(options?: FakeEcsOptions) {
  const fake = createFakeEcs(options);
  const customer = fake.newCustomer();
  const clientOf = (overrides: Partial<EcsClientOptions> = {}) =>
    new EcsClient({
      baseUrl: fake.baseUrl,
      fetch: fake.fetch,
      token: customer.token,
      backoffMs: 1,
      ...overrides,
    });
  return { fake, ...customer, clientOf, ecs: clientOf() };
}

const codeOf = async (work: Promise<unknown>) => ((await failureOf(work)) as EcsError | undefined)?.code;

describe('faults that are ordered', () => {
  test('meet the next requests, each in its turn, and then no more', async () => {
    const { fake, userId, ecs } = start();
    fake.failNext({ with: 503, code: 'overloaded', times: 2 });
    fake.failNext({ with: 'connection' });
    await ecs.offers.list(userId);
    expect(fake.requests.map(({ status }) => status)).toEqual([503, 503, null, 200]);
  });

  test('meet only what their path names', async () => {
    const { fake, userId, clientOf } = start();
    const ecs = clientOf({ maxRetries: 0 });
    fake.failNext({ path: '/credit-analysis', with: 500, code: 'internal_error' });
    await ecs.offers.list(userId);
    expect(await codeOf(ecs.analyses.create(userId))).toBe('internal_error');
  });

  test('take as long as Retry-After says, or as the client waits', async () => {
    const { fake, userId, clientOf } = start();
    fake.failNext({ with: 429, code: 'quota_exceeded', retryAfterSeconds: 60 });
    expect(await failureOf(clientOf().offers.list(userId))).toMatchObject({ retryAfterMs: 60_000 });
    fake.failNext({ with: 'hang' });
    await clientOf({ timeoutMs: 20 }).offers.list(userId);
    expect(fake.requests.at(-1)?.status).toBe(200);
  });

  test('that lose the response have done the work', async () => {
    const { fake, userId, ecs } = start();
    fake.failNext({ with: 'lost' });
    await ecs.transactions.send({ userId, amount: 12.5 });
    expect(fake.requests).toHaveLength(2);
    expect(fake.eventsOf(userId).transactions.map(({ amount }) => amount)).toEqual([12.5]);
  });

  test('that lose the response to an erasure have erased, and the second attempt is told so', async () => {
    const { fake, userId, ecs, password } = start();
    fake.failNext({ with: 'lost' });
    expect(await ecs.customers.erase(userId, { password })).toMatchObject({ user_id: userId });
    expect(fake.requests).toHaveLength(2);
    await expect(ecs.customers.get(userId)).rejects.toMatchObject({ code: 'invalid_token' });
  });
});

test('a writer outlives an outage: nothing is lost and nothing is there twice', async () => {
  const { fake, userId, ecs } = start();
  const writer = ecs.emotions.stream({ batchEventsMax: 7, bufferEventsMax: 20, batchDelayMs: 1 });
  const metrics = { positivity: 0.5, intensity: 0.5, stress_level: 0.5 };
  fake.failNext({ with: 'lost', times: 3 });
  const goingOffline = Promise.withResolvers<void>();
  const written = (async () => {
    for (let index = 0; index < 100; index += 1) {
      await writer.write({ userId, emotionEvent: { type: `${index}`, metrics } });
      if (index !== 30) continue;
      fake.setOffline(true);
      goingOffline.resolve();
    }
  })();
  await goingOffline.promise;
  // The buffer fills, and the source waits.
  while (writer.pending < 20) await Bun.sleep(1);
  fake.setOffline(false);
  await written;
  expect(await writer.close()).toEqual({ accepted: 100, rejected: 0, failed: 0 });
  const types = fake.eventsOf(userId).emotions.map(({ emotionEvent }) => Number(emotionEvent.type));
  expect(types).toEqual(Array.from({ length: 100 }, (_, index) => index));
});

test('a subscription outlives cuts and outages without gap or duplicate', async () => {
  const { fake, userId, ecs } = start();
  const leaving = new AbortController();
  const positions: number[] = [];
  const listening = (async () => {
    for await (const { position } of ecs.notifications.subscribe(userId, { signal: leaving.signal })) {
      positions.push(position);
      if (position === 6) leaving.abort();
    }
  })();
  for (const faults of ['fair', 'cut', 'fair', 'offline', 'cut', 'fair']) {
    fake.setRiskScore(userId, 0.2);
    const { offer } = await ecs.analyses.create(userId);
    const { offer_id } = await ecs.offers.accept(offer?.offer_id ?? '').waitUntilActive();
    // Else the sum of the limits leaves no room for the next one.
    await ecs.offers.close(offer_id);
    if (faults === 'cut') fake.cutStreams();
    if (faults !== 'offline') continue;
    fake.setOffline(true);
    await Bun.sleep(5);
    fake.setOffline(false);
  }
  await listening;
  expect(positions).toEqual([1, 2, 3, 4, 5, 6]);
});

test('sends each notification to a stream once, also to a client that does not drop duplicates', async () => {
  const { fake, userId, token, ecs } = start();
  const ids: string[] = [];
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
  const { body } = await fake.fetch(`${fake.baseUrl}/v1/users/${userId}/notifications`, { headers });
  for (const _ of [1, 2]) {
    fake.setRiskScore(userId, 0.2);
    const { offer } = await ecs.analyses.create(userId);
    const { offer_id } = await ecs.offers.accept(offer?.offer_id ?? '').waitUntilActive();
    await ecs.offers.close(offer_id);
  }
  fake.cutStreams();
  for (const line of (await new Response(body).text()).split('\n')) {
    if (line.startsWith('id: ')) ids.push(line);
  }
  // Each limit notifies twice: that it is active, and that it was closed.
  expect(ids).toEqual(['id: 1', 'id: 2', 'id: 3', 'id: 4']);
});

describe('its clock', () => {
  test('ends offers after 7 days and tokens after an hour', async () => {
    const { fake, userId, email, password, ecs, clientOf } = start();
    fake.setRiskScore(userId, 0.5);
    const { offer } = await ecs.analyses.create(userId);
    fake.advance(8 * DAY_MS);
    expect(await codeOf(ecs.offers.list(userId).then(() => {}))).toBe('invalid_token');
    const { access_token: token } = await ecs.auth.login({ email, password });
    const later = clientOf({ token });
    expect((await later.offers.get(offer?.offer_id ?? '')).status).toBe('expired');
    expect(await codeOf(later.offers.accept(offer?.offer_id ?? ''))).toBe('offer_expired');
    expect((await later.analyses.create(userId)).offer?.offer_id).not.toBe(offer?.offer_id);
  });
});

test('an acceptance can be held until the test activates it', async () => {
  const { fake, userId, ecs } = start({ activationMs: Number.POSITIVE_INFINITY });
  fake.setRiskScore(userId, 0.1);
  const { offer } = await ecs.analyses.create(userId);
  const offerId = offer?.offer_id ?? '';
  expect(await codeOf(ecs.offers.accept(offerId).waitUntilActive({ timeoutMs: 50 }))).toBe(
    'offer_not_active',
  );
  fake.activate(offerId);
  expect((await ecs.offers.waitUntilActive(offerId)).status).toBe('active');
  expect((await ecs.notifications.list(userId)).items).toHaveLength(1);
});

test('two fakes know nothing of each other', async () => {
  const [first, second] = [start(), start()];
  expect(await codeOf(second.clientOf({ token: first.token }).offers.list(first.userId))).toBe(
    'invalid_token',
  );
});

test('refuses by name what it could not do: a score, a customer, an offer or a time that is none', () => {
  const { fake, userId } = start();
  for (const score of [-0.1, 1.1, Number.NaN, '0.5' as never]) {
    expect(() => fake.setRiskScore(userId, score)).toThrow('the score must be a number from 0 to 1, not');
  }
  for (const score of [0, 1, null]) fake.setRiskScore(userId, score);
  expect(() => fake.setRiskScore('nobody', 0.5)).toThrow('the fake has no customer nobody');
  expect(() => fake.activate('nothing')).toThrow('the fake has no offer nothing');
  for (const ms of [-1, Number.NaN, Infinity]) expect(() => fake.advance(ms)).toThrow('the time must be');
  fake.advance(0);
});

test("a partner's client fetches its token, and another one when that has expired", async () => {
  const { fake, userId } = start();
  const partner = fake.newPartner(['transactions:write']);
  const shop = new EcsClient({ baseUrl: fake.baseUrl, fetch: fake.fetch, ...partner });
  await shop.transactions.send({ userId, amount: 1 });
  await shop.transactions.send({ userId, amount: 2 });
  fake.advance(16 * 60 * 1000);
  await shop.transactions.send({ userId, amount: 3 });
  const stored = fake.eventsOf(userId).transactions;
  expect(stored.map(({ amount, source }) => `${amount} ${source}`)).toEqual([
    '1 platform',
    '2 platform',
    '3 platform',
  ]);
  const paths = fake.requests.map(({ path, status }) => `${path} ${status}`);
  expect(paths.filter((path) => !path.startsWith('/v1/transactions'))).toEqual(
    Array(2).fill('/v1/oauth/token 200'),
  );
  expect(paths).toContain('/v1/transactions 401');
  expect(await codeOf(shop.webhooks.list())).toBe('insufficient_scope');
  expect(() => fake.newPartner(['credit:write' as never])).toThrow('scopes must be some of emotions:write');
});

test('keeps the keys of two partners and of the platform apart', async () => {
  const { fake, userId } = start();
  const { baseUrl, fetch, internalKey } = fake;
  const event = { userId, amount: 1, occurredAt: '2026-11-30T12:00:00.000Z' };
  const clientOf = (credentials: object) => new EcsClient({ baseUrl, fetch, ...credentials }).transactions;
  const sendAs = async (credentials: object) => {
    const call = clientOf(credentials).sendBatch([event], { idempotencyKey: 'batch-1' });
    return (await call.withResponse()).headers.get('idempotency-replayed');
  };
  const shop = fake.newPartner();
  const senders = [shop, fake.newPartner(), { internalKey }];
  for (const sender of senders) expect(await sendAs(sender)).toBeNull();
  expect(await sendAs(shop)).toBe('true');
  const keyed = { idempotencyKey: 'order-1' };
  const idOf = async (sender: object) => (await clientOf(sender).send(event, keyed)).eventId;
  const ids = [...(await Promise.all(senders.map(idOf))), await idOf(shop)];
  expect(ids[3]).toBe(ids[0] as string);
  expect(new Set(ids).size).toBe(3);
});

test('takes one way of authentication for a token: a secret, HTTP Basic or an assertion', async () => {
  const { fake, userId } = start();
  const { clientId, clientSecret } = fake.newPartner();
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kty: 'EC' };
  const signing = new EcsClient({ baseUrl: fake.baseUrl, fetch: fake.fetch, clientId, privateKey: jwk });
  expect((await signing.transactions.send({ userId, amount: 1 })).userId).toBe(userId);
  const request = async (fields: Record<string, string>, authorization = '') => {
    const response = await fake.fetch(`${fake.baseUrl}/v1/oauth/token`, {
      method: 'POST',
      headers: authorization === '' ? {} : { authorization },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...fields }),
    });
    const { error = null, scope } = (await response.json()) as Record<string, string>;
    return [response.status, error ?? scope, response.headers.get('www-authenticate')];
  };
  const basic = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
  expect(await request({ scope: 'webhooks:manage' }, basic)).toEqual([200, 'webhooks:manage', null]);
  const twice = { client_id: clientId, client_secret: clientSecret };
  expect(await request(twice, basic)).toEqual([400, 'invalid_request', null]);
  const wrong = `Basic ${btoa(`${clientId}:nothing`)}`;
  const challenge = 'Basic realm="ecs", charset="UTF-8"';
  expect(await request({}, wrong)).toEqual([401, 'invalid_client', challenge]);
  expect(await request({})).toEqual([401, 'invalid_client', 'Bearer']);
});
