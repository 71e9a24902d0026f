import { expect, test } from 'bun:test';
import { connect, type NatsConnection } from 'nats';
import type { CustomerExport } from '../../sdk/contracts/privacy.ts';
import { eventually } from '../harness/engines.ts';
import { bearer, emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';

const system = useSystem({ split: false, variables: { ERASURE_SETTLE_SECONDS: '1' } });

test('a customer gets all that is stored as one document, and nobody else does', async () => {
  const { url, sql } = system();
  const [ada, bruno] = [await newCustomer(url), await newCustomer(url)];
  const sent = await fetch(`${url}/v1/emotions/stream`, json(emotionOf(ada.id), bearer(ada)));
  expect(sent.status).toBe(202);
  await eventually('it is stored', async () => {
    return (await sql`select from emotional_events where user_id = ${ada.id}`).length === 1;
  });
  const exportOf = (path: string, headers: Record<string, string>, method = 'GET') =>
    fetch(`${url}/v1/users/${path}/export`, { method, headers });
  const response = await exportOf(ada.id, bearer(ada));
  expect(response.headers.get('content-disposition')).toContain('attachment');
  const { data } = (await response.json()) as CustomerExport;
  expect(data.users).toMatchObject([{ id: ada.id, email: ada.email }]);
  expect(data.emotional_events).toMatchObject([{ user_id: ada.id, event_type: 'calm', positivity: 0.9 }]);
  expect((await exportOf(ada.id, bearer(bruno))).status).toBe(404);
  expect((await exportOf(ada.id, {})).status).toBe(401);
  const head = await exportOf(ada.id, bearer(ada), 'HEAD');
  expect([head.status, await head.text()]).toEqual([200, '']);
});

const erasureOf = (customer: { id: string; token: string }, password: string): [string, RequestInit] => [
  `${system().url}/v1/users/${customer.id}`,
  { ...json({ password }, bearer(customer)), method: 'DELETE' },
];

test('an erased customer is refused at once everywhere, and is nowhere soon; others lose nothing', async () => {
  const { url, sql, natsUrl } = system();
  const [ada, bruno] = [await newCustomer(url), await newCustomer(url)];
  const platform = { 'x-internal-key': system().internalKey };
  const send = async (events: object[], headers: Record<string, string>) => {
    const body = events.map((event) => JSON.stringify(event)).join('\n');
    const type = { 'content-type': 'application/x-ndjson' };
    return fetch(`${url}/v1/emotions/batch`, { method: 'POST', body, headers: { ...headers, ...type } });
  };
  const mixed = [ada, bruno, ada, bruno].map(({ id }) => emotionOf(id));
  expect((await send(mixed, platform)).status).toBe(202);
  await fetch(`${url}/v1/users/${ada.id}/credit-analysis`, { method: 'POST', headers: bearer(ada) });
  const consent = await fetch(`${url}/v1/users/${ada.id}/consents/emotion_scoring`, {
    ...json({ granted: true, text_version: 'word-of-ada' }, bearer(ada)),
    method: 'PUT',
  });
  expect(consent.status).toBe(200);
  const stream = await fetch(`${url}/v1/users/${ada.id}/notifications`, {
    headers: { ...bearer(ada), accept: 'text/event-stream' },
  });
  await eventually('all is stored', async () => {
    return (await sql`select from emotional_events where user_id in (${ada.id}, ${bruno.id})`).length === 4;
  });

  expect((await fetch(...erasureOf(ada, 'another password'))).status).toBe(401);
  expect((await fetch(`${url}/v1/users/${ada.id}`, { headers: bearer(ada) })).status).toBe(200);
  const erase = async () => {
    const response = await fetch(...erasureOf(ada, ada.password));
    return [response.status, await response.json()];
  };
  const received = [202, { status: 'erasure is being processed', user_id: ada.id }];
  // A response may be lost: the same request again has it, now and when nothing is left.
  for (const _ of ['first', 'again']) expect(await erase()).toEqual(received);
  expect((await fetch(`${url}/v1/users/${ada.id}`, { headers: bearer(ada) })).status).toBe(401);
  const login = await fetch(`${url}/v1/auth/login`, json({ email: ada.email, password: ada.password }));
  expect(login.status).toBe(401);
  expect(await stream.text()).toContain('event: end\ndata: {"reason":"account_erased"}');
  await eventually('the other services know', async () => {
    const statuses = await Promise.all([
      send([emotionOf(ada.id)], bearer(ada)),
      fetch(`${url}/v1/transactions`, json({ userId: ada.id, amount: 1 }, bearer(ada))),
      fetch(`${url}/v1/users/${ada.id}/export`, { headers: bearer(ada) }),
    ]);
    return statuses.every(({ status }) => status === 401);
  });
  await eventually(
    'the customer is erased',
    async () => (await sql`select from erasures where user_id is null`).length === 1,
    30_000,
  );
  expect(await erase()).toEqual(received);
  expect(await sql`select from erasures`).toHaveLength(1);
  // The platform knows nothing of it, and goes on.
  expect((await send([emotionOf(ada.id), emotionOf(bruno.id)], platform)).status).toBe(202);
  await eventually('the other event is stored', async () => {
    return (await sql`select from emotional_events where user_id = ${bruno.id}`).length === 3;
  });
  const broker = new URL(natsUrl);
  const connection = await connect({ servers: broker.host, user: broker.username, pass: broker.password });
  const jsm = await connection.jetstreamManager();
  await eventually('the streams have nothing of it', async () => {
    const text = await textOfStreams(connection, ['emotions', 'decisions', 'dead-letters']);
    return !text.includes(ada.id) && text.includes(bruno.id);
  });
  expect((await jsm.streams.info('dead-letters')).state.messages).toBe(0);
  await connection.close();
  const [row] = await sql`
    select (select count(*) from users where id = ${ada.id})::int as users,
      (select count(*) from credit_analyses where user_id is null)::int as decisions,
      (select count(*) from audit_log where act = 'consent.give')::int as acts,
      (select count(*) from audit_log as act where act::text like '%word-of-ada%')::int as words`;
  expect(row).toEqual({ users: 0, decisions: 1, acts: 1, words: 0 });
  expect((await fetch(`${url}/v1/users/${bruno.id}`, { headers: bearer(bruno) })).status).toBe(200);
});

async function textOfStreams(connection: NatsConnection, streams: string[]): Promise<string> {
  const js = connection.jetstream();
  const texts: string[] = [];
  for (const name of streams) {
    const consumer = await js.consumers.get(name, { inactive_threshold: 5000 });
    const { num_pending: count } = await consumer.info(true);
    if (count === 0) continue;
    for await (const message of await consumer.fetch({ max_messages: count, expires: 2000 }))
      texts.push(message.string());
  }
  return texts.join('\n');
}
