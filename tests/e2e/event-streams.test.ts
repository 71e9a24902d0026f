import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { connect, type NatsConnection } from 'nats';
import { Pool } from 'undici/index.js';
import { readNatsUrl } from '../../platform/addresses/nats.ts';
import { createTokens } from '../../platform/http/token.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { EcsClient } from '../../sdk/index.ts';
import { openBrowser, openPage } from '../harness/browser.ts';
import { eventually } from '../harness/engines.ts';
import { bearer, type Customer, newCustomer, useSystem } from '../harness/system.ts';
import { SHAPE } from '../harness/shape.ts';

const PER_CUSTOMER = 4;
const MANY_STREAMS = 300;

describe(`event streams of ${SHAPE.title}`, () => {
  const system = useSystem({
    split: SHAPE.split,
    variables: { NOTIFICATION_STREAMS_PER_CUSTOMER: String(PER_CUSTOMER) },
  });
  let customer: Customer;
  let broker: NatsConnection;
  beforeAll(async () => {
    broker = await connect(readNatsUrl(system().natsUrl));
    customer = await newCustomer(system().url);
  });

  afterAll(() => broker.close());

  const pathOf = ({ id }: { id: string }) => `${system().url}/v1/users/${id}/notifications`;
  const open = (holder: { id: string; token: string }, headers: Record<string, string> = {}) => {
    const hangUp = new AbortController();
    const response = fetch(pathOf(holder), {
      headers: { accept: 'text/event-stream', ...bearer(holder), ...headers },
      signal: hangUp.signal,
    });
    return { response, leave: () => hangUp.abort() };
  };
  /** Stores a notification, and says so to the broker as the relay would. */
  const notify = async (userId: string, { isPublished = true } = {}) => {
    const { sql } = system();
    const offerId = crypto.randomUUID();
    await sql`
        insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
        values (${offerId}, ${userId}, 'active', 5000, 9.5, 'SHORT_TERM_PERSONAL_LOAN', now())`;
    await sql`
        with place as (
          update users set notification_count = notification_count + 1 where id = ${userId}
          returning notification_count
        )
        insert into notifications (id, user_id, position, type, title, message, offer_id)
        select ${crypto.randomUUID()}, ${userId}, notification_count, 'CREDIT_LIMIT_APPLIED', 't', 'm', ${offerId}
        from place`;
    if (isPublished) broker.publish(TOPICS.userNotifications.subject, JSON.stringify({ userId }));
  };

  test('end with the token that opened them, and say so', async () => {
    const tokens = createTokens({ secretKey: system().secretKey, ttlSeconds: 3 });
    const { token } = await tokens.sign(customer.id);
    const { response } = open({ id: customer.id, token });
    const text = await (await response).text();
    expect(text).toContain('event: end\ndata: {"reason":"token_expired"}');
    expect((await open({ id: customer.id, token }).response).status).toBe(401);
  });

  test('of the SDK go on with a renewed token, without a gap', async () => {
    const renewed = await newCustomer(system().url);
    const tokens = createTokens({ secretKey: system().secretKey, ttlSeconds: 2 });
    let issued = 0;
    const ecs = new EcsClient({
      baseUrl: system().url,
      tokenProvider: async () => {
        issued += 1;
        return (await tokens.sign(renewed.id)).token;
      },
    });
    const positions: number[] = [];
    const done = new AbortController();
    const reading = (async () => {
      for await (const { position } of ecs.notifications.subscribe(renewed.id, { signal: done.signal })) {
        positions.push(position);
        if (position === 2) done.abort();
      }
    })();
    await notify(renewed.id);
    await eventually(
      'the first is there, and the token was renewed',
      () => positions.length === 1 && issued > 1,
    );
    await notify(renewed.id);
    await reading;
    expect(positions).toEqual([1, 2]);
  }, 60_000);

  test('begin anew for a place that was not reached here, and hear of what happens then', async () => {
    const restored = await newCustomer(system().url);
    await notify(restored.id);
    const { response, leave } = open(restored, { 'last-event-id': '1000' });
    const reader = (await response).body?.getReader();
    let text = '';
    const until = async (ending: string) => {
      while (!text.includes(ending)) text += new TextDecoder().decode((await reader?.read())?.value);
    };
    await until('event: reset\ndata: {"position":1}');
    await notify(restored.id);
    await until('id: 2\nevent: notification');
    leave();
    const page = await fetch(`${pathOf(restored)}?cursor=1000`, { headers: bearer(restored) });
    expect(await page.json()).toEqual({ items: [], next_cursor: null, last_position: 2 });
  }, 60_000);

  test('of one customer are a small number, and a closed one makes room', async () => {
    const greedy = await newCustomer(system().url);
    const streams = Array.from({ length: PER_CUSTOMER }, () => open(greedy));
    for (const { response } of streams) expect((await response).status).toBe(200);
    const refused = await open(greedy).response;
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'too_many_streams' });
    expect(refused.headers.get('retry-after')).toBeTruthy();
    streams[0]?.leave();
    await eventually('there is room again', async () => {
      const { response, leave } = open(greedy);
      const { status } = await response;
      leave();
      return status === 200;
    });
    for (const { leave } of streams) leave();
  });

  test('open by a ticket once, for its customer alone, in place of a token', async () => {
    const { notifications } = new EcsClient({ baseUrl: system().url, token: customer.token });
    const { ticket, expires_in } = await notifications.ticket(customer.id);
    expect(expires_in).toBe(30);
    const otherCustomer = await newCustomer(system().url);
    const at = (id: string) =>
      fetch(`${pathOf({ id })}?ticket=${ticket}`, { headers: { accept: 'text/event-stream' } });
    expect((await at(otherCustomer.id)).status).toBe(404);
    const attempts = await Promise.all(Array.from({ length: 5 }, () => at(customer.id)));
    expect(attempts.map(({ status }) => status).toSorted((first, second) => first - second)).toEqual([
      200, 401, 401, 401, 401,
    ]);
    for (const { body } of attempts) await body?.cancel();
    const wrong = await fetch(`${system().url}/v1/users/${customer.id}/offers?ticket=${ticket}`);
    expect(wrong.status).toBe(401);
  });

  if (!SHAPE.split) return;

  test('find a notification by the next heartbeat when the broker lost its message', async () => {
    const unheard = await newCustomer(system().url);
    const { response, leave } = open(unheard);
    const reader = (await response).body?.getReader();
    await notify(unheard.id, { isPublished: false });
    let text = '';
    while (!text.includes('id: 1\nevent: notification')) {
      text += new TextDecoder().decode((await reader?.read())?.value);
    }
    leave();
  }, 60_000);

  test('of many customers leave the connections of everything else alone', async () => {
    const tokens = createTokens({ secretKey: system().secretKey });
    const ids = Array.from({ length: MANY_STREAMS }, () => crypto.randomUUID());
    await system().sql`
        insert into users (id, email, password_hash) select id, id, 'x' from unnest(${ids}::uuid[]) as id`;
    // Not by fetch: the pool of this process would be full as well.
    const pool = new Pool(system().url, { connections: null, bodyTimeout: 0 });
    const statuses = await Promise.all(
      ids.map(async (id) => {
        const { token } = await tokens.sign(id);
        const headers = { accept: 'text/event-stream', ...bearer({ token }) };
        const path = new URL(pathOf({ id })).pathname;
        return (await pool.request({ method: 'GET', path, headers })).statusCode;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    const offers = await fetch(`${system().url}/v1/users/${customer.id}/offers`, {
      headers: bearer(customer),
      signal: AbortSignal.timeout(5000),
    });
    expect(offers.status).toBe(200);
    expect((await fetch(`${system().url}/readyz`, { signal: AbortSignal.timeout(5000) })).status).toBe(200);
    await pool.destroy();
  }, 60_000);

  test('reach EventSource in a browser by a ticket', async () => {
    const { notifications } = new EcsClient({ baseUrl: system().url, token: customer.token });
    const { ticket } = await notifications.ticket(customer.id);
    const browser = await openBrowser();
    try {
      const { page } = await openPage(browser, `${system().url}/docs/try`, `${system().url}/`);
      const heard = page.evaluate(
        (url) =>
          new Promise<string>((resolve, reject) => {
            const source = new EventSource(url);
            source.addEventListener('notification', (event) => resolve((event as MessageEvent<string>).data));
            source.addEventListener('error', () => reject(new Error('the stream was refused')));
          }),
        `/v1/users/${customer.id}/notifications?ticket=${ticket}`,
      );
      await notify(customer.id);
      expect(JSON.parse(await heard)).toMatchObject({ type: 'CREDIT_LIMIT_APPLIED' });
    } finally {
      await browser.close();
    }
  }, 120_000);
});
