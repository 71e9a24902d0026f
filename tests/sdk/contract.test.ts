import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { EcsError } from '../../sdk/index.ts';
import type { Problem } from '../../sdk/contracts/problem.ts';
import { failureOf } from '../../sdk/core/test-server.ts';
import { eventually } from '../harness/engines.ts';
import { type GeneratedRequest, generatedRequests } from './generated-requests.ts';
import {
  clientOf,
  registerCustomer,
  substanceOf,
  useSystems,
  type TestedSystem,
  type RegisteredCustomer,
} from './systems.ts';

// needs: redis

/** The same assertions for the fake that partners test with and for the real system: they stay alike. */
const systems = useSystems();

const codeOf = async (work: Promise<unknown>) => ((await failureOf(work)) as EcsError | undefined)?.code;
const calm = (positivity = 0.9, stress_level = 0.1) => ({
  type: 'calm',
  metrics: { positivity, intensity: 0.4, stress_level },
});

/** Records events of a customer, and resolves once they are stored. */
async function recordPast(
  system: TestedSystem,
  customer: Pick<RegisteredCustomer, 'id' | 'ecs'>,
  past: { purchases: number; amount: number; stress: number },
) {
  const { id: userId, ecs } = customer;
  const feelings = Array.from({ length: 25 }, (_, index) =>
    index < past.stress ? calm(0.1, 0.9) : calm(0.9, 0.1),
  );
  await ecs.emotions.sendBatch(feelings.map((emotionEvent) => ({ userId, emotionEvent })));
  const amounts = Array.from({ length: past.purchases }, () => past.amount);
  if (amounts.length > 0) await ecs.transactions.sendBatch(amounts.map((amount) => ({ userId, amount })));
  await eventually('all of it is stored', async () => {
    const { items } = await ecs.emotions.summary(userId);
    const purchases = await system.countTransactions(userId);
    return items[0]?.event_count === feelings.length && purchases === past.purchases;
  });
}

for (const name of ['fake', 'real'] as const) {
  describe(`the ${name} system`, () => {
    const system = systems[name];

    test('takes a batch as an array as well as by lines', async () => {
      const { id: userId, token } = await registerCustomer(system());
      const { baseUrl, fetch: send } = system();
      const post = async (body: unknown) => {
        const response = await send(`${baseUrl}/v1/transactions/batch`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        const { accepted, rejected, code } = (await response.json()) as Record<string, unknown>;
        return { status: response.status, accepted, rejected, code };
      };
      expect(
        await post([
          { userId, amount: 1.5 },
          { userId, amount: -1 },
          { userId, amount: 2 },
        ]),
      ).toMatchObject({
        status: 202,
        accepted: 2,
        rejected: [{ line: 2, code: 'invalid_event' }],
      });
      expect(await post({ userId, amount: 1 })).toMatchObject({ status: 422, code: 'invalid_request' });
      expect(await post([])).toMatchObject({ status: 422, code: 'invalid_request' });
    });

    test('registers and logs in, and tells a wrong password from nothing', async () => {
      const { email, password } = await registerCustomer(system());
      const { auth } = clientOf(system());
      expect(await codeOf(auth.register({ email: email.toUpperCase(), password }))).toBe('email_taken');
      for (const wrong of [
        { email, password: 'wrong' },
        { email: 'nobody@example.com', password },
      ]) {
        expect(await codeOf(auth.login(wrong))).toBe('invalid_credentials');
      }
    });

    test('registers a customer of a jurisdiction, who sees what he has and may have', async () => {
      const { auth } = clientOf(system());
      const password = 'a long passphrase';
      const register = (more: { jurisdiction?: string; locale?: 'en' | 'pt-BR' }) =>
        auth.register({ email: `${crypto.randomUUID()}@example.com`, password, ...more });
      expect(await register({})).toMatchObject({ jurisdiction: null, locale: 'en' });
      expect(await codeOf(register({ jurisdiction: 'UK' }))).toBe('invalid_request');
      const { updated_at: _, ...user } = await register({ jurisdiction: 'BR', locale: 'pt-BR' });
      expect(user).toMatchObject({ jurisdiction: 'BR', locale: 'pt-BR' });
      const { access_token: token } = await auth.login({ email: user.email, password });
      const ecs = clientOf(system(), { token });
      const untouched = { ...user, consents: {}, exposure: 0, exposure_max: 10_000 };
      expect(await ecs.customers.get(user.id)).toEqual(untouched);
      await recordPast(system(), { id: user.id, ecs }, { purchases: 40, amount: 150, stress: 0 });
      const { offer } = await ecs.analyses.create(user.id);
      if (!offer) throw new Error('it was denied');
      expect((await ecs.customers.get(user.id)).exposure).toBe(0);
      await ecs.offers.accept(offer.offer_id);
      expect((await ecs.customers.get(user.id)).exposure).toBe(offer.credit_limit);
      expect(await codeOf(ecs.customers.get(crypto.randomUUID()))).toBe('user_not_found');
    });

    test('keeps customers apart, and lets the internal key write for all', async () => {
      const [ada, bruno] = [await registerCustomer(system()), await registerCustomer(system())];
      const event = { userId: bruno.id, emotionEvent: calm() };
      expect(await codeOf(ada.ecs.emotions.send(event))).toBe('not_your_user');
      expect(await codeOf(ada.ecs.emotions.sendBatch([event]))).toBe('not_your_user');
      expect(await codeOf(ada.ecs.transactions.send({ userId: bruno.id, amount: 1 }))).toBe('not_your_user');
      expect(await codeOf(ada.ecs.analyses.create(bruno.id))).toBe('user_not_found');
      expect(await codeOf(ada.ecs.notifications.list(bruno.id))).toBe('user_not_found');
      expect(await codeOf(ada.ecs.offers.get(bruno.id))).toBe('offer_not_found');
      const platform = clientOf(system(), { internalKey: system().internalKey });
      expect((await platform.emotions.send(event)).status).toBe('event received');
      const purchase = { userId: bruno.id, amount: 1 };
      expect(await platform.transactions.send(purchase)).toMatchObject({ userId: bruno.id });
      expect(await platform.transactions.sendBatch([purchase])).toMatchObject({ accepted: 1, rejected: [] });
      await eventually('both are stored', async () => (await system().countTransactions(bruno.id)) === 2);
    });

    test("exchanges a partner's credentials for tokens, which write for all customers within their scopes", async () => {
      const { id: userId, ecs } = await registerCustomer(system());
      const partner = await system().newPartner(['transactions:write', 'webhooks:manage']);
      const shop = clientOf(system(), partner);
      expect((await shop.transactions.send({ userId, amount: 1 })).status).toBe('event received');
      expect((await shop.transactions.sendBatch([{ userId, amount: 2 }])).accepted).toBe(1);
      await eventually('both are stored', async () => (await system().countTransactions(userId)) === 2);
      const event = { userId, emotionEvent: calm() };
      expect(await codeOf(shop.emotions.send(event))).toBe('insufficient_scope');
      expect(await codeOf(shop.analyses.create(userId))).toBe('invalid_token');
      expect(await codeOf(ecs.webhooks.list())).toBe('invalid_token');
      const scoped = clientOf(system(), { ...partner, scope: 'webhooks:manage' });
      expect(await codeOf(scoped.transactions.send({ userId, amount: 3 }))).toBe('insufficient_scope');
      const greedy = clientOf(system(), { ...partner, scope: 'emotions:write' });
      expect(await codeOf(greedy.emotions.send(event))).toBe('invalid_scope');
      const wrong = clientOf(system(), { ...partner, clientSecret: 'ecs_secret_of_another' });
      expect(await codeOf(wrong.transactions.send({ userId, amount: 4 }))).toBe('invalid_client');
    });

    test('takes the good lines of a batch and lists the others, through a writer as well', async () => {
      const { id: userId, ecs } = await registerCustomer(system());
      const otherId = crypto.randomUUID();
      const amounts = [1, -1, 2.505, 3];
      const events = [...amounts.map((amount) => ({ userId, amount })), { userId: otherId, amount: 1 }];
      const { accepted, rejected } = await ecs.transactions.sendBatch(events);
      const codes = rejected.map(({ line, code }) => `${line} ${code}`);
      expect(accepted).toBe(2);
      expect(codes).toEqual(['2 invalid_event', '3 invalid_event', '5 not_your_user']);
      const outcomes: string[] = [];
      const writer = ecs.transactions.stream({ onOutcome: ({ status }) => outcomes.push(status) });
      for (const event of events) await writer.write(event);
      await writer.close();
      expect(outcomes).toEqual(['accepted', 'rejected', 'rejected', 'accepted', 'rejected']);
    });

    test('reads a gzip body by its decoded bytes, and no other encoding', async () => {
      const { id: userId, token } = await registerCustomer(system());
      const send = async (body: Uint8Array<ArrayBuffer>, encoding = 'gzip') => {
        const headers = {
          authorization: `Bearer ${token}`,
          'content-type': 'application/x-ndjson',
          'content-encoding': encoding,
        };
        const url = `${system().baseUrl}/v1/transactions/batch`;
        const response = await system().fetch(url, { method: 'POST', headers, body });
        return [response.status, ((await response.json()) as Partial<Problem>).code];
      };
      const batch = Bun.gzipSync(`${JSON.stringify({ userId, amount: 1 })}\n`.repeat(100));
      expect(await send(batch)).toEqual([202, undefined]);
      expect(await send(batch, 'x-gzip')).toEqual([202, undefined]);
      expect(await send(Bun.gzipSync(new Uint8Array(20_000_000)))).toEqual([413, 'content_too_large']);
      expect(await send(batch.subarray(0, -9))).toEqual([400, 'malformed_body']);
      for (const encoding of ['br', 'gzip, gzip'])
        expect(await send(batch, encoding)).toEqual([415, 'unsupported_content_encoding']);
    });

    test('refuses a key that stands twice, by its place', async () => {
      const { id: userId, token } = await registerCustomer(system());
      const event = `{"userId": "${userId}", "amount": 1, "amount": 2}`;
      const send = async (path: string, type: string, body: string) => {
        const headers = { authorization: `Bearer ${token}`, 'content-type': type };
        const url = `${system().baseUrl}/v1/transactions${path}`;
        const response = await system().fetch(url, { method: 'POST', headers, body });
        const { errors } = (await response.json()) as Partial<Problem>;
        return [response.status, errors?.map((error) => `${error.path} ${error.message}`)];
      };
      expect(await send('', 'application/json', event)).toEqual([422, ['/body/amount stands twice']]);
      const line = [422, ['/body/1 /amount stands twice']];
      expect(await send('/batch', 'application/x-ndjson', event)).toEqual(line);
      const item = [422, ['/body/0/amount stands twice']];
      expect(await send('/batch', 'application/json', `[${event}]`)).toEqual(item);
    });

    test('refuses conditions and charsets that it would ignore', async () => {
      const { id: userId, token } = await registerCustomer(system());
      const authorization = `Bearer ${token}`;
      const send = async (path: string, headers: Record<string, string>) => {
        const url = `${system().baseUrl}/v1/transactions${path}`;
        const event = JSON.stringify({ userId, amount: 1 });
        const body = path === '' ? event : `[${event}]`;
        const init = { method: 'POST', headers: { authorization, ...headers }, body };
        const response = await system().fetch(url, init);
        return [response.status, ((await response.json()) as Partial<Problem>).code];
      };
      const json = { 'content-type': 'application/json; charset=UTF-8' };
      for (const path of ['', '/batch']) {
        expect(await send(path, json)).toEqual([202, undefined]);
        const utf16 = { 'content-type': 'application/json; charset="utf-16"' };
        expect(await send(path, utf16)).toEqual([415, 'unsupported_media_type']);
        for (const name of ['if-match', 'if-none-match']) {
          expect(await send(path, { ...json, [name]: '"1"' })).toEqual([412, 'precondition_failed']);
        }
      }
      const url = `${system().baseUrl}/v1/users/${userId}`;
      const response = await system().fetch(url, { headers: { authorization, 'if-match': '"1"' } });
      expect(response.status).toBe(412);
    });

    test('refuses by name what it would ignore beside query and body', async () => {
      const { id, token } = await registerCustomer(system());
      const authorization = `Bearer ${token}`;
      const send = async (method: string, path: string, headers: Record<string, string>, body?: string) => {
        const init = { method, headers: { authorization, ...headers }, ...(body ? { body } : {}) };
        const response = await system().fetch(`${system().baseUrl}/v1/users/${id}${path}`, init);
        if (response.ok) await response.body?.cancel();
        const { code, errors } = response.ok ? {} : ((await response.json()) as Partial<Problem>);
        return [response.status, errors?.[0]?.path ?? code];
      };
      const json = { 'content-type': 'application/json' };
      const consent = '{"granted":true,"text_version":"2026-11"}';
      const keyed = { ...json, 'idempotency-key': 'consent-1' };
      expect(await send('PUT', '/consents/offers', json, consent)).toEqual([200, undefined]);
      expect(await send('PUT', '/consents/offers', keyed, consent)).toEqual([422, '/header/Idempotency-Key']);
      const override = { 'x-http-method-override': 'GET' };
      expect(await send('POST', '/credit-analysis', override)).toEqual([
        422,
        '/header/X-HTTP-Method-Override',
      ]);
      const events = { accept: 'text/event-stream' };
      expect(await send('GET', '/notifications?page_size=5', events)).toEqual([422, '/query/page_size']);
      expect(await send('GET', '/notifications', { 'last-event-id': '5' })).toEqual([
        422,
        '/header/Last-Event-ID',
      ]);
      expect(await send('GET', '/notifications?ticket=abc', events)).toEqual([401, 'several_credentials']);
    });

    test('stores an event once under its id, however it comes twice, and rejects the id with other content', async () => {
      const { id: userId, ecs } = await registerCustomer(system());
      const event = { userId, eventId: crypto.randomUUID(), emotionEvent: calm(0.5) };
      for (const _ of [1, 2]) expect((await ecs.emotions.send(event)).eventId).toBe(event.eventId);
      expect((await ecs.emotions.sendBatch([event])).accepted).toBe(1);
      const otherEvent = { ...event, emotionEvent: calm(0.6) };
      expect(await codeOf(ecs.emotions.send(otherEvent))).toBe('idempotency_key_reused');
      expect(await codeOf(ecs.emotions.sendBatch([otherEvent]))).toBe('idempotency_key_reused');
      const { accepted, rejected } = await ecs.emotions.sendBatch([
        otherEvent,
        { userId, emotionEvent: calm(0.75, 0.7) },
      ]);
      expect({ accepted, codes: rejected.map(({ code }) => code) }).toEqual({
        accepted: 1,
        codes: ['idempotency_key_reused'],
      });
      const day = await eventually('both are stored', async () => {
        const { items } = await ecs.emotions.summary(userId, { days: 1 });
        return items[0]?.event_count === 2 && items[0];
      });
      expect(day.avg_positivity_score).toBeCloseTo(0.625, 4);
      expect(day.stress_event_count).toBe(1);
    });

    test('returns the same analysis for the same facts, and a new one for new facts', async () => {
      const customer = await registerCustomer(system());
      const { id, ecs } = customer;
      const first = await ecs.analyses.create(id);
      const again = await ecs.analyses.create(id);
      expect({ ...again, replayed: false }).toEqual(first);
      expect(again.replayed).toBe(true);
      await recordPast(system(), customer, { purchases: 0, amount: 0, stress: 25 });
      const next = await ecs.analyses.create(id);
      expect(next.replayed).toBe(false);
      // Stress harms nobody: the twin without emotions is decided on when it is the better one.
      expect(next.reasons.map(({ code }) => code)).toEqual(['few_transactions']);
      expect(next.analysis_id).not.toBe(first.analysis_id);
      const decision = await ecs.analyses.get(next.analysis_id);
      expect(decision.reasons[0]).toMatchObject({ feature: 'transaction_count_30d', value: 0 });
      expect(decision.recourse?.length).toBeGreaterThan(0);
      const { items, next_cursor } = await ecs.analyses.list(id, { page_size: 1 });
      expect(items).toEqual([decision]);
      expect(next_cursor).toBe(next.analysis_id);
      const ids: string[] = [];
      for await (const { analysis_id } of ecs.analyses.list(id, { page_size: 1 })) ids.push(analysis_id);
      expect(ids).toEqual([next.analysis_id, first.analysis_id]);
      const stranger = await registerCustomer(system());
      expect(await codeOf(stranger.ecs.analyses.get(next.analysis_id))).toBe('analysis_not_found');
    });

    test('takes an offer from the analysis to its notification, once', async () => {
      const customer = await registerCustomer(system());
      const { id, ecs } = customer;
      await recordPast(system(), customer, { purchases: 40, amount: 150, stress: 0 });
      const { offer } = await ecs.analyses.create(id);
      if (!offer) throw new Error('it was denied');
      expect(await ecs.offers.get(offer.offer_id)).toMatchObject({ ...offer, status: 'offered' });
      const listening = new AbortController();
      const stream = ecs.notifications.subscribe(id, { signal: listening.signal });
      const firstNotification = stream.next();
      const active = await ecs.offers.accept(offer.offer_id).waitUntilActive();
      expect(active).toMatchObject({ credit_limit: offer.credit_limit, status: 'active' });
      expect((await ecs.offers.accept(offer.offer_id)).offer_id).toBe(offer.offer_id);
      const notification = (await firstNotification).value;
      expect(notification).toMatchObject({ position: 1, offer_id: offer.offer_id });
      listening.abort();
      const { items, next_cursor } = await ecs.notifications.list(id);
      expect({ items, next_cursor }).toEqual({ items: [notification as never], next_cursor: null });
      const after = await ecs.notifications.list(id, { cursor: 1 });
      expect(after.items).toEqual([]);
      const offers: string[] = [];
      for await (const { offer_id } of ecs.offers.list(id)) offers.push(offer_id);
      expect(offers).toEqual([offer.offer_id]);
    });

    test('notifies of a denial and of a closing, each once, in the language of the customer', async () => {
      const { auth } = clientOf(system());
      const account = { email: `${crypto.randomUUID()}@example.com`, password: 'a long passphrase' };
      const { id } = await auth.register({ ...account, locale: 'pt-BR' });
      const { access_token: token } = await auth.login(account);
      const ecs = clientOf(system(), { token });
      const denial = await ecs.analyses.create(id);
      const told = await eventually(
        'the denial is told',
        async () => (await ecs.notifications.list(id)).items[0],
      );
      expect(told).toMatchObject({
        type: 'CREDIT_DENIED',
        title: 'Seu pedido de crédito foi negado',
        offer_id: null,
        analysis_id: denial.analysis_id,
      });
      expect(told.message).toContain(denial.reason ?? '-');
      await recordPast(system(), { id, ecs }, { purchases: 40, amount: 150, stress: 0 });
      const { offer } = await ecs.analyses.create(id);
      const offerId = offer?.offer_id ?? '';
      await ecs.offers.accept(offerId).waitUntilActive();
      for (const _ of [1, 2]) expect((await ecs.offers.close(offerId)).status).toBe('closed');
      const items = await eventually('the closing is told', async () => {
        const page = await ecs.notifications.list(id);
        return page.items.length === 3 && page.items;
      });
      expect(items.map(({ type, offer_id }) => [type, offer_id])).toEqual([
        ['CREDIT_DENIED', null],
        ['CREDIT_LIMIT_APPLIED', offerId],
        ['CREDIT_LIMIT_CLOSED', offerId],
      ]);
    });

    test('refuses the body of an endpoint that has none, but for an empty object', async () => {
      const { id, token } = await registerCustomer(system());
      const analyze = async (body?: string, type = 'application/json') => {
        const response = await system().fetch(`${system().baseUrl}/v1/users/${id}/credit-analysis`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': type },
          ...(body === undefined ? {} : { body }),
        });
        const { code, errors } = (await response.json()) as Partial<Problem>;
        return [response.status, code, errors?.map(({ path }) => path)];
      };
      expect(await analyze()).toEqual([200, undefined, undefined]);
      expect(await analyze('{}')).toEqual([200, undefined, undefined]);
      expect(await analyze('{"force": true}')).toEqual([422, 'invalid_request', ['/body/force']]);
      expect(await analyze('{')).toEqual([400, 'malformed_body', undefined]);
      expect(await analyze('force=1', 'text/plain')).toEqual([415, 'unsupported_media_type', undefined]);
    });

    test('returns the first response again for a key, and rejects the key with another request', async () => {
      const { id, token } = await registerCustomer(system());
      const post = (path: string, key: string) =>
        system().fetch(`${system().baseUrl}${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'idempotency-key': key },
        });
      const path = `/v1/users/${id}/credit-analysis`;
      const first = await post(path, 'once');
      const second = await post(path, 'once');
      expect(await second.json()).toEqual(await first.json());
      const replayed = [first, second].map(({ headers }) => headers.get('idempotency-replayed'));
      expect(replayed).toEqual([null, 'true']);
      const otherResponse = await post(`/v1/credit-offers/${id}/accept`, 'once');
      expect({ status: otherResponse.status, code: ((await otherResponse.json()) as EcsError).code }).toEqual(
        {
          status: 422,
          code: 'idempotency_key_reused',
        },
      );
    });
  });
}

describe('the fake and the real system', () => {
  test('both decide the same for the same past', async () => {
    const pasts = [
      { purchases: 0, amount: 0, stress: 0 },
      { purchases: 40, amount: 150, stress: 0 },
      { purchases: 3, amount: 19.99, stress: 12 },
      { purchases: 25, amount: 333.33, stress: 4 },
    ];
    const decide = async (name: 'fake' | 'real', past: (typeof pasts)[number]) => {
      const customer = await registerCustomer(systems[name]());
      await recordPast(systems[name](), customer, past);
      return substanceOf(await customer.ecs.analyses.create(customer.id));
    };
    for (const past of pasts) expect(await decide('fake', past)).toEqual(await decide('real', past));
  });

  test('respond alike to every request: status, headers, the form of the body, each fault with its place', async () => {
    const customers = { fake: await prepareCustomer('fake'), real: await prepareCustomer('real') };
    const responseOf = async (name: 'fake' | 'real', request: GeneratedRequest) => {
      const { baseUrl, internalKey, fetch: send } = systems[name]();
      const values: Record<string, string> = {
        ...customers[name],
        key: internalKey,
        email: `${crypto.randomUUID()}@example.com`,
      };
      const fill = (text: string) => text.replace(/\$(\w+)/g, (word, key: string) => values[key] ?? word);
      const headers = Object.entries(request.headers).map(([key, value]): [string, string] => [
        key,
        fill(value),
      ]);
      const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(request.method) && request.body !== '';
      const response = await send(`${baseUrl}${fill(request.path)}`, {
        method: request.method,
        headers,
        body: hasBody ? fill(request.body) : null,
      });
      return outlineOf(response);
    };
    await fc.assert(
      fc.asyncProperty(generatedRequests, async (request) => {
        const response = await responseOf('fake', request);
        // The fake says so of an endpoint that it does not have.
        if (response.status !== 501) expect(response).toEqual(await responseOf('real', request));
      }),
      { numRuns: 600 },
    );
  });
});

/** A customer with a denial, an approval, an open offer and a closed limit. */
async function prepareCustomer(name: 'fake' | 'real') {
  const customer = await registerCustomer(systems[name]());
  const { id, token, ecs } = customer;
  const { analysis_id: denial } = await ecs.analyses.create(id);
  await recordPast(systems[name](), customer, { purchases: 40, amount: 150, stress: 0 });
  const first = await ecs.analyses.create(id);
  const closed = first.offer?.offer_id ?? '';
  await ecs.offers.accept(closed).waitUntilActive();
  await ecs.offers.close(closed);
  const { analysis_id: approval, offer } = await ecs.analyses.create(id);
  const { clientId: client, clientSecret: secret } = await systems[name]().newPartner();
  const response = await systems[name]().fetch(`${systems[name]().baseUrl}/v1/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client,
      client_secret: secret,
      scope: 'emotions:write',
    }),
  });
  const { access_token: partner } = (await response.json()) as { access_token: string };
  const ids = { denial, approval, closed, offer: offer?.offer_id ?? '' };
  return { user: id, USER: id.toUpperCase(), token, client, secret, partner, ...ids };
}

const COMPARED = [
  'allow',
  'content-type',
  'cache-control',
  'www-authenticate',
  'idempotency-replayed',
  'accept-encoding',
  'location',
];

/** Returns all of a response that two systems have in common: no ids, times and scores. */
async function outlineOf(response: Response) {
  const headers = COMPARED.map((name) => `${name}: ${withoutIds(response.headers.get(name) ?? '')}`);
  const { status } = response;
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) await response.body?.cancel();
  if (!type.includes('json')) return { status, headers };
  const text = await response.text();
  if (text === '') return { status, headers };
  const body = JSON.parse(text) as Partial<Problem> & { format?: string };
  const { requestId: _, format, ...problem } = body;
  if (!response.ok) return { status, headers, problem };
  // An export has the rows as each system keeps them.
  return { status, headers, form: format ? Object.keys(body) : formOf(body) };
}

/** Without ids, and a charset, which JSON has not. */
const withoutIds = (text: string) =>
  text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, 'ID').replace(/^(application\/json);.*/, '$1');

/** The types of all values; of a list that of its first. */
function formOf(value: unknown): unknown {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.slice(0, 1).map(formOf);
  if (typeof value !== 'object') return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, formOf(inner)]));
}
