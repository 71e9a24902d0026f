import { describe, expect, test } from 'bun:test';
import { EcsClient } from '../client.ts';
import type { EcsError } from './errors.ts';
import type { TokenContext } from './options.ts';
import { failureOf, problem, startTestServer, USER } from './test-server.ts';

const OFFERS = { total: 0, page: 1, page_size: 10, items: [] };
const bearers = (requests: { headers: Headers }[]) =>
  requests.map(({ headers }) => headers.get('authorization'));

/** A server that takes one token only. */
const startGuarded = (good: string) =>
  startTestServer(({ headers, path }) => {
    if (headers.get('authorization') !== `Bearer ${good}`) return problem(401, 'invalid_token');
    if (!path.includes('notifications')) return Response.json(OFFERS);
    const notification = JSON.stringify({ position: 1 });
    return new Response(`id: 1\nevent: notification\ndata: ${notification}\n\n`, {
      headers: { 'content-type': 'text/event-stream' },
    });
  });

describe('a token that is rejected', () => {
  test('is renewed once, even without retries, and its provider receives the rejected one', async () => {
    await using server = startGuarded('new');
    const contexts: TokenContext[] = [];
    const tokenProvider = (context: TokenContext) => {
      contexts.push(context);
      return context.rejected ? 'new' : 'old';
    };
    await server.client({ tokenProvider, maxRetries: 0 }).offers.list(USER);
    expect(bearers(server.requests)).toEqual(['Bearer old', 'Bearer new']);
    expect(contexts).toEqual([{ rejected: undefined }, { rejected: 'old' }]);
  });

  test('is renewed for an event stream as well', async () => {
    await using server = startGuarded('new');
    const { notifications } = server.client({ tokenProvider: ({ rejected }) => (rejected ? 'new' : 'old') });
    for await (const { position } of notifications.subscribe(USER)) {
      expect(position).toBe(1);
      break;
    }
    expect(bearers(server.requests)).toEqual(['Bearer old', 'Bearer new']);
  });

  test('is renewed in the middle of a list, whose pages each are read once', async () => {
    const good = ['old', 'old', 'new', 'new'];
    await using server = startTestServer(({ headers, path }) => {
      if (headers.get('authorization') !== `Bearer ${good.shift()}`) return problem(401, 'invalid_token');
      const page = Number(new URLSearchParams(path.split('?')[1]).get('page') ?? 1);
      const items = [{ offer_id: `${page}a` }, { offer_id: `${page}b` }];
      return Response.json({ total: 6, page, page_size: 2, items });
    });
    let token = 'old';
    const tokenProvider = ({ rejected }: TokenContext) => {
      if (rejected === token) token = 'new';
      return token;
    };
    const ids: string[] = [];
    for await (const { offer_id } of server.client({ tokenProvider, maxRetries: 0 }).offers.list(USER)) {
      ids.push(offer_id);
    }
    expect(ids).toEqual(['1a', '1b', '2a', '2b', '3a', '3b']);
    expect(bearers(server.requests)).toEqual(['Bearer old', 'Bearer old', 'Bearer old', 'Bearer new']);
  });

  test('is renewed in the middle of a flush, which loses and repeats no event', async () => {
    let batches = 0;
    const amounts: number[] = [];
    await using server = startTestServer(({ headers, body }) => {
      batches += 1;
      const isGood = headers.get('authorization') === (batches < 3 ? 'Bearer old' : 'Bearer new');
      if (!isGood) return problem(401, 'invalid_token');
      const lines = body.split('\n').map((line) => (JSON.parse(line) as { amount: number }).amount);
      amounts.push(...lines);
      return Response.json({ accepted: lines.length, rejected: [], traceId: 't' }, { status: 202 });
    });
    const tokenProvider = ({ rejected }: TokenContext) => (rejected || batches > 2 ? 'new' : 'old');
    const states: string[] = [];
    const writer = server
      .client({ tokenProvider })
      .transactions.stream({ batchEventsMax: 2, onState: (state) => void states.push(state) });
    for (let amount = 1; amount <= 8; amount += 1) await writer.write({ userId: USER, amount });
    expect(await writer.flush()).toEqual({ accepted: 8, rejected: 0, failed: 0 });
    expect(amounts).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(states).toEqual([]);
  });

  test('twice, or without a provider, is the error that it is', async () => {
    await using server = startGuarded('never');
    const provided = await failureOf(server.client({ tokenProvider: () => 'old' }).offers.list(USER));
    expect(provided).toMatchObject({ code: 'invalid_token' });
    expect(server.requests).toHaveLength(2);
    expect(await failureOf(server.client({ token: 'old' }).offers.list(USER))).toMatchObject({ status: 401 });
    expect(server.requests).toHaveLength(3);
  });
});

test('a provider that fails or hangs is a clear error in time', async () => {
  await using server = startGuarded('any');
  const failing = server.client({ tokenProvider: () => Promise.reject(new Error('vault sealed')) });
  const error = (await failureOf(failing.offers.list(USER))) as EcsError;
  expect(error.code).toBe('token_unavailable');
  expect(error.message).toContain('vault sealed');
  const hanging = server.client({ tokenProvider: () => new Promise(() => {}), timeoutMs: 20, maxRetries: 0 });
  expect(await failureOf(hanging.offers.list(USER))).toMatchObject({ code: 'timeout' });
  expect(server.requests).toHaveLength(0);
});

test('a text that no header can carry is rejected at once, and never shown', async () => {
  const baseUrl = 'http://localhost:1';
  for (const options of [{ token: 'se\ncret' }, { internalKey: 'se cret' }]) {
    const error = await failureOf(Promise.try(() => new EcsClient({ baseUrl, ...options })));
    expect(error).toMatchObject({ code: 'invalid_credentials_format' });
    expect(String(error)).not.toContain('cret');
  }
  const { offers, analyses } = new EcsClient({ baseUrl });
  const wrong = [offers.get(''), offers.get('..'), analyses.create(USER, { idempotencyKey: 'a b' })];
  for (const call of wrong) expect(await failureOf(call)).toMatchObject({ code: 'invalid_argument' });
});
