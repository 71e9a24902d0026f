import { describe, expect, test } from 'bun:test';
import { ENDPOINT_LIST, ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { AppError } from '../kernel/errors.ts';
import { createBodyCheck } from './body-check.ts';
import type { ForwardedRequest } from './request.ts';
import { createBodyReader } from './request-body.ts';

const bodies = createBodyReader({ addressOf: () => 'test' });
/** Bun gives a GET no body, whatever the client sent. */
const WITHOUT_BODY = ENDPOINT_LIST.filter(([, { method, body }]) => method !== 'GET' && !body);

async function outcomeOf(init: RequestInit, [, endpoint] = WITHOUT_BODY[0] ?? never()): Promise<unknown> {
  const check = createBodyCheck(endpoint, bodies);
  try {
    await check(new Request('http://localhost/', { method: 'POST', ...init }));
    return 'taken';
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [error.status, error.code, error.errors?.map(({ path }) => path)];
  }
}

function never(): never {
  throw new Error('every endpoint has a body');
}

const json = { 'content-type': 'application/json' };

test('a body that the gateway of the process has parsed is checked by the schema as well', async () => {
  const check = createBodyCheck(ENDPOINTS.sendTransaction, bodies);
  const forwarded = (value: unknown) =>
    ({ body: new Uint8Array(2), json: { text: '{}', value } }) as unknown as ForwardedRequest;
  const event = { userId: Bun.randomUUIDv7(), amount: 1.5 };
  expect(await check(forwarded(event))).toEqual({ text: '{}', body: event });
  await expect(check(forwarded({ ...event, amount: -1 }))).rejects.toMatchObject({ code: 'invalid_request' });
});

test('a key that stands twice is refused by its place, parsed here or in the gateway', async () => {
  const check = createBodyCheck(ENDPOINTS.sendTransaction, bodies);
  const text = `{"userId": "${Bun.randomUUIDv7()}", "amount": 1, "\\u0061mount": 2}`;
  const received = new Request('http://localhost/', { method: 'POST', headers: json, body: text });
  const forwarded = { body: new Uint8Array(2), json: { text, value: JSON.parse(text) as unknown } };
  for (const request of [received, forwarded as unknown as ForwardedRequest]) {
    const errors = [{ path: '/body/amount', message: 'stands twice' }];
    await expect(check(request)).rejects.toMatchObject({ code: 'invalid_request', errors });
  }
});

describe('an endpoint without a body', () => {
  test.each(WITHOUT_BODY.map(([name, endpoint]) => [name, endpoint] as const))(
    '%s refuses a property by its name, and takes none and {}',
    async (name, endpoint) => {
      const ask = (init: RequestInit) => outcomeOf(init, [name, endpoint]);
      expect(await ask({ headers: json, body: '{"forced": true}' })).toEqual([
        422,
        'invalid_request',
        ['/body/forced'],
      ]);
      expect(await ask({})).toBe('taken');
      expect(await ask({ headers: json, body: '{}' })).toBe('taken');
    },
  );

  test.each<[string, RequestInit, unknown]>([
    ['an empty body of a type', { headers: { ...json, 'content-length': '0' }, body: '' }, 'taken'],
    ['a list', { headers: json, body: '[]' }, [422, 'invalid_request', ['/body/']]],
    ['a text that is no JSON', { headers: json, body: 'forced=1' }, [400, 'malformed_body', undefined]],
    [
      'a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'forced=1' },
      [415, 'unsupported_media_type', undefined],
    ],
    [
      'a body that is too large',
      { headers: json, body: ' '.repeat(70_000) },
      [413, 'content_too_large', undefined],
    ],
  ])('checks %s as it does of any endpoint', async (_name, init, outcome) => {
    expect(await outcomeOf(init)).toEqual(outcome);
  });
});
