import { expect, test } from 'bun:test';
import { EcsTimeoutError, GoneError } from '../core/errors.ts';
import { failureOf, problem, startTestServer, USER } from '../core/test-server.ts';

const accepted = () =>
  Response.json({ status: 'offer acceptance is being processed', offer_id: USER }, { status: 202 });
const offer = (status: string) => Response.json({ offer_id: USER, status });

test('an acceptance can be awaited, or waited for until the limit is active', async () => {
  const states = ['accepted', 'accepted', 'active'];
  await using server = startTestServer(({ method }, index) =>
    method === 'POST' ? accepted() : offer(states[index - 2] ?? 'active'),
  );
  const { offers } = server.client();
  expect((await offers.accept(USER)).offer_id).toBe(USER);
  expect((await offers.accept(USER).waitUntilActive()).status).toBe('active');
  expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET', 'GET', 'GET']);
});

test('waiting ends with a typed error: gone, expired, too late', async () => {
  await using gone = startTestServer(() => problem(410, 'offer_expired'));
  expect(await failureOf(gone.client().offers.accept(USER).waitUntilActive())).toBeInstanceOf(GoneError);

  await using expired = startTestServer(() => offer('expired'));
  expect(await failureOf(expired.client().offers.waitUntilActive(USER))).toMatchObject({
    code: 'offer_expired',
  });

  await using closed = startTestServer(() => offer('closed'));
  expect(await failureOf(closed.client().offers.waitUntilActive(USER, { timeoutMs: 500 }))).toMatchObject({
    code: 'offer_closed',
  });

  await using hanging = startTestServer((_, index, request) =>
    index === 0
      ? offer('accepted')
      : new Promise((resolve) => request.signal.addEventListener('abort', () => resolve(offer('accepted')))),
  );
  const late = await failureOf(hanging.client().offers.waitUntilActive(USER, { timeoutMs: 500 }));
  expect(late).toMatchObject({ code: 'offer_not_active', timeout: 'wait' });
  expect((late as Error).message).toEndWith('is still accepted after 500 ms');

  await using slow = startTestServer(() => offer('accepted'));
  const error = await failureOf(slow.client().offers.waitUntilActive(USER, { timeoutMs: 120 }));
  expect(error).toBeInstanceOf(EcsTimeoutError);
  expect(error).toMatchObject({ code: 'offer_not_active' });
});
