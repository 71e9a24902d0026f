import { expect, test } from 'bun:test';
import { createRetryBudget } from './retry-budget.ts';
import { failureOf, problem, startTestServer, USER } from './test-server.ts';

test('saves a fifth of a retry a call and one a second, never more than 50', () => {
  let nowMs = 0;
  const budget = createRetryBudget(() => nowMs);
  const takeAll = () => {
    let count = 0;
    while (budget.take()) count += 1;
    return count;
  };
  expect(takeAll()).toBe(50);
  for (let call = 0; call < 25; call += 1) budget.addCall();
  expect(takeAll()).toBe(5);
  nowMs += 3_000;
  expect(takeAll()).toBe(3);
  nowMs += 3_600_000;
  expect(takeAll()).toBe(50);
});

test('when the API is down, many calls do not become many times as many requests', async () => {
  await using server = startTestServer(() => problem(503, 'overloaded'));
  const client = server.client({ maxRetries: 3 });
  const calls = Array.from({ length: 400 }, () => failureOf(client.offers.list(USER)));
  for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'overloaded' });
  // 400 calls, 50 saved retries, 80 paid in, and one for each second that it took.
  expect(server.requests.length).toBeGreaterThan(440);
  expect(server.requests.length).toBeLessThan(560);
});
