import { beforeAll, describe, expect, test } from 'bun:test';
import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { problem } from '../kernel/errors.ts';
import type { Database } from '../data/sql.ts';
import type { HandlerResult, Call } from '../http/call.ts';
import { createQuota } from '../resilience/quota.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { createLoginLimits } from '../sign-in/login-limits.ts';
import { createIdempotency, type Idempotency } from './idempotency.ts';

const runtime = createTestRuntime();
let database: Database;
let idempotency: Idempotency;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  idempotency = createIdempotency({ database, secretKey: 's'.repeat(32) });
});

/** An anonymous request with a key. */
function callOf(
  name: 'register' | 'login',
  body: { email: string; password: string },
  idempotencyKey: string,
): Call {
  const principal = { kind: 'anonymous' };
  const call = {
    endpoint: ENDPOINTS[name],
    principal,
    params: {},
    body,
    text: JSON.stringify(body),
    idempotencyKey,
  };
  return call as unknown as Call;
}

const outcomeOf = (work: Promise<HandlerResult>) =>
  work.then(
    (result) =>
      result instanceof Response && result.headers.has('idempotency-replayed') ? 'replayed' : 'ok',
    (error: { code: string }) => error.code,
  );
const newEmail = () => `${crypto.randomUUID()}@example.com`;
const succeed = async () => ({ done: true });

describe('the key of an anonymous caller', () => {
  test('tells the password of a registration within the limit of guesses alone, right or wrong', async () => {
    const limits = createLoginLimits({
      account: createQuota({ burst: 5, perSecond: 1e-6 }),
      address: createQuota({ burst: 100, perSecond: 1e-6 }),
    });
    const email = newEmail();
    const register = (password: string, from: string) =>
      outcomeOf(
        limits.attempt(email, from, () =>
          idempotency.once(callOf('register', { email, password }, 'guessable'), 200, succeed),
        ),
      );
    expect(await register('the right one', 'home')).toBe('ok');
    const guesses = [];
    for (let guess = 0; guess < 8; guess += 1) guesses.push(await register(`wrong ${guess}`, 'attacker'));
    expect(guesses.filter((code) => code === 'idempotency_key_reused')).toHaveLength(5);
    expect(await register('the right one', 'attacker')).toBe('too_many_attempts');
    expect(await register('the right one', 'home')).toBe('replayed');
  });

  test('of a wrong login that still runs, or never ended, keeps no right one out', async () => {
    const email = newEmail();
    const logIn = (password: string, work: () => Promise<HandlerResult>) =>
      outcomeOf(idempotency.once(callOf('login', { email, password }, 'one'), 200, work, { isByBody: true }));
    const running = Promise.withResolvers<HandlerResult>();
    const wrong = logIn('a wrong one', () => running.promise);
    expect(await logIn('the right one', succeed)).toBe('ok');
    expect(await logIn('the right one', succeed)).toBe('replayed');
    running.reject(problem('invalid_credentials', { detail: 'wrong' }));
    expect(await wrong).toBe('invalid_credentials');
    expect(await logIn('a wrong one', succeed)).toBe('ok');
  });
});
