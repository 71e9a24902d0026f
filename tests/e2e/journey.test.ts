import { describe, expect, test } from 'bun:test';
import { EcsClient, type EcsError } from '../../sdk/index.ts';
import { eventually } from '../harness/engines.ts';
import { bearer, emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';
import { SHAPE } from '../harness/shape.ts';

/**
 * The main job from end to end, the same in one process and in a process per service. It is walked here:
 * other suites set up their state in the database, or walk it to prove something else of it.
 */
describe(`the journey in ${SHAPE.title}`, () => {
  const system = useSystem({ split: SHAPE.split });

  const clientOf = (token: string) => new EcsClient({ baseUrl: system().url, token });

  /** Sends `count` calm emotions by the internal key and `count` transactions by the customer. */
  async function live(customer: { id: string; token: string }, count: number, stress = 0.1) {
    const platform = new EcsClient({ baseUrl: system().url, internalKey: system().internalKey });
    const metrics = { positivity: 0.9 - stress / 2, intensity: 0.4, stress_level: stress };
    const emotions = Array.from({ length: count }, () =>
      emotionOf(customer.id, { emotionEvent: { type: 'calm', metrics } }),
    );
    const transactions = Array.from({ length: count }, (_, index) => ({
      userId: customer.id,
      amount: 100 + index,
    }));
    const receipt = await platform.emotions.sendBatch(emotions);
    const spent = await clientOf(customer.token).transactions.sendBatch(transactions);
    expect([receipt.accepted, spent.accepted]).toEqual([count, count]);
    const { sql } = system();
    await eventually('everything is stored', async () => {
      const [row] = await sql`select
        (select count(*)::int from emotional_events where user_id = ${customer.id}) as emotions,
        (select count(*)::int from transactions where user_id = ${customer.id}) as transactions`;
      return (row?.emotions ?? 0) >= count && (row?.transactions ?? 0) >= count;
    });
  }

  test('emotions and transactions lead to an offer, its acceptance to an active limit and one notification', async () => {
    const customer = await newCustomer(system().url);
    const ecs = clientOf(customer.token);
    await live(customer, 40);
    const analysis = await ecs.analyses.create(customer.id);
    expect({ ...analysis }).toMatchObject({ approved: true, reasons: [], replayed: false });
    const offerId = analysis.offer?.offer_id ?? '';

    const stop = new AbortController();
    const firstNotification = (async () => {
      for await (const notification of ecs.notifications.subscribe(customer.id, { signal: stop.signal })) {
        return notification;
      }
      return null;
    })();
    const active = await ecs.offers.accept(offerId).waitUntilActive();
    expect(active.status).toBe('active');
    const notification = await firstNotification;
    stop.abort();
    expect(notification?.offer_id).toBe(offerId);
    expect((await ecs.notifications.list(customer.id)).items).toEqual([notification as never]);

    expect(await ecs.offers.list(customer.id)).toMatchObject({
      total: 1,
      items: [{ offer_id: offerId, status: 'active' }],
    });
    const summary = await ecs.emotions.summary(customer.id);
    expect(summary.items.reduce((total, day) => total + day.event_count, 0)).toBe(40);
    // Accepting again is accepting once.
    expect((await ecs.offers.accept(offerId)).offer_id).toBe(offerId);
    const { sql } = system();
    const [counts] =
      await sql`select count(*)::int as notifications from notifications where user_id = ${customer.id}`;
    expect(counts).toEqual({ notifications: 1 });
  });

  test('stress harms nobody; a customer who buys nothing is denied with reasons and no offer', async () => {
    const customer = await newCustomer(system().url);
    await live(customer, 2, 0.9);
    const analysis = await clientOf(customer.token).analyses.create(customer.id);
    expect({ ...analysis }).toMatchObject({ approved: false, offer: null });
    expect(analysis.reasons.map(({ code }) => code)).toEqual(['few_transactions']);
    expect(analysis.reason).toBe(analysis.reasons[0]?.message ?? null);
    await live(customer, 30, 0.9);
    expect((await clientOf(customer.token).analyses.create(customer.id)).approved).toBe(true);
  });

  test('the same event sent again, by its id or by its key, is stored once', async () => {
    const customer = await newCustomer(system().url);
    const { url, internalKey, sql } = system();
    const send = async (body: object, headers: Record<string, string> = {}) => {
      const response = await fetch(
        `${url}/v1/emotions/stream`,
        json(body, { 'x-internal-key': internalKey, ...headers }),
      );
      expect(response.status).toBe(202);
      return (await response.json()) as { eventId: string; traceId: string };
    };
    const event = emotionOf(customer.id, { eventId: crypto.randomUUID() });
    expect((await send(event)).eventId).toBe((await send(event)).eventId);
    const keyed = emotionOf(customer.id);
    const key = { 'idempotency-key': `order ${crypto.randomUUID()}`.replace(' ', '-') };
    expect((await send(keyed, key)).eventId).toBe((await send(keyed, key)).eventId);
    const last = await send(emotionOf(customer.id));
    await eventually(
      'the last is stored',
      async () => (await sql`select from emotional_events where id = ${last.eventId}`).length,
    );
    expect(await sql`select from emotional_events where user_id = ${customer.id}`).toHaveLength(3);
  });

  test('an event of an unknown user is dead-lettered with its cause and delays no other', async () => {
    const customer = await newCustomer(system().url);
    const { url, internalKey, sql } = system();
    const headers = { 'x-internal-key': internalKey, 'content-type': 'application/x-ndjson' };
    const lines = [emotionOf(crypto.randomUUID()), emotionOf(customer.id)].map((event) =>
      JSON.stringify(event),
    );
    await fetch(`${url}/v1/emotions/batch`, { method: 'POST', headers, body: lines.join('\n') });
    await eventually(
      'the good one is stored',
      async () => (await sql`select from emotional_events where user_id = ${customer.id}`).length,
    );
    const { openDeadLetters } = await import('../harness/dead-letters.ts');
    const { createLog } = await import('../../platform/kernel/log.ts');
    const { createMetrics } = await import('../../platform/kernel/metrics.ts');
    const log = createLog({ name: 'test', level: 'silent' });
    const letters = await openDeadLetters({ natsUrl: system().natsUrl, log, metrics: createMetrics() });
    try {
      const [letter] = await eventually('it is dead-lettered', async () => {
        const unknownUserLetters = await letters.list({ code: 'unknown_user' });
        return unknownUserLetters.length > 0 && unknownUserLetters;
      });
      expect(letter).toMatchObject({
        stream: 'emotions',
        line: 1,
        payload: expect.stringContaining('emotionEvent'),
      });
    } finally {
      await letters.close();
    }
  });

  test('an Idempotency-Key returns the first response again, rejects another body, and hides nothing in the database', async () => {
    const { url, sql } = system();
    const email = `${crypto.randomUUID()}@example.com`;
    const key = { 'idempotency-key': crypto.randomUUID() };
    const register = (body: object) => fetch(`${url}/v1/auth/register`, json(body, key));
    const first = await register({ email, password: 'first password' });
    const again = await register({ email, password: 'first password' });
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
    const secondAttempt = await register({ email, password: 'other password' });
    expect(secondAttempt.status).toBe(422);
    expect(await secondAttempt.json()).toMatchObject({ code: 'idempotency_key_reused' });

    const loginKey = { 'idempotency-key': crypto.randomUUID() };
    const login = () => fetch(`${url}/v1/auth/login`, json({ email, password: 'first password' }, loginKey));
    const token = ((await (await login()).json()) as { access_token: string }).access_token;
    expect(((await (await login()).json()) as { access_token: string }).access_token).toBe(token);
    const stored = await sql`select encode(answer, 'escape') as text from idempotency_keys`;
    for (const { text } of stored) expect(text).not.toContain(token.slice(0, 20));
  });

  test('ten requests at once with one key run once', async () => {
    const { url, sql } = system();
    const email = `${crypto.randomUUID()}@example.com`;
    const init = json({ email, password: 'some password' }, { 'idempotency-key': crypto.randomUUID() });
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => fetch(`${url}/v1/auth/register`, init)),
    );
    const statuses = responses.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(1);
    expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
    expect(await sql`select from users where email = ${email}`).toHaveLength(1);
  });

  test('readiness names each dependency', async () => {
    const { url } = system();
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({
      status: 'ok',
      dependencies: {
        'back-office': 'up',
        credit: 'up',
        'emotion-ingestion': 'up',
        privacy: 'up',
        'transaction-ingestion': 'up',
      },
    });
  });

  test('a stream of notifications resumes after the last event that was seen', async () => {
    const customer = await newCustomer(system().url);
    const { url, sql } = system();
    await sql`
      with offers as (
        insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
        select gen_random_uuid(), ${customer.id}, 'active', 1, 1, 'SHORT_TERM_PERSONAL_LOAN', now()
        from generate_series(1, 5) returning id
      )
      insert into notifications (id, user_id, position, type, title, message, offer_id)
      select gen_random_uuid(), ${customer.id}, row_number() over (), 'CREDIT_LIMIT_APPLIED', 't', 'm', id from offers`;
    const headers = { ...bearer(customer), accept: 'text/event-stream', 'last-event-id': '3' };
    const leave = new AbortController();
    const response = await fetch(`${url}/v1/users/${customer.id}/notifications`, {
      headers,
      signal: leave.signal,
    });
    expect(response.headers.get('content-type')).toStartWith('text/event-stream');
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += new TextDecoder().decode(chunk);
      if (text.includes('id: 5')) break;
    }
    leave.abort();
    expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id)).toEqual(['4', '5']);
    const pages = clientOf(customer.token).notifications;
    const page = await pages.list(customer.id, { page_size: 2 });
    expect(page.items.map(({ position }) => position)).toEqual([1, 2]);
    expect(page.next_cursor).toBe(2);
  });

  test('a client that gives up says why', async () => {
    const customer = await newCustomer(system().url);
    const ecs = clientOf(customer.token);
    const error = await ecs.offers.get(crypto.randomUUID()).catch((error: EcsError) => error);
    expect(error).toMatchObject({ status: 404, code: 'offer_not_found', requestId: expect.any(String) });
  });
});
