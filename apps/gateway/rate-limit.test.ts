import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { AppError } from '../../platform/kernel/errors.ts';
import { createQuota } from '../../platform/resilience/quota.ts';
import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { costOf, createRateLimits } from './rate-limit.ts';

const { analyzeCredit, sendTransaction, sendTransactionBatch } = ENDPOINTS;
const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('the cost of a request', () => {
  test('is its events, or the KiB of its body where those are more', () => {
    expect(costOf(analyzeCredit, null)).toBe(1);
    expect(costOf(sendTransaction, bytesOf('{"amount": 1}'))).toBe(1);
    expect(costOf(sendTransaction, bytesOf('x'.repeat(2049)))).toBe(3);
    expect(costOf(sendTransactionBatch, bytesOf('{"amount": 1}'))).toBe(1);
    expect(costOf(sendTransactionBatch, bytesOf('{}\n'.repeat(999)))).toBe(1000);
    expect(costOf(sendTransactionBatch, bytesOf('\n'.repeat(100_000)))).toBe(1000);
    expect(costOf(sendTransactionBatch, bytesOf('x'.repeat(1024 * 1024)))).toBe(1024);
  });
});

describe('a rate limit', () => {
  test('counts events, and a rejected batch goes through after the announced seconds', () => {
    const cost = fc.integer({ min: 1, max: 1024 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.array(cost, { maxLength: 30 }),
        (perSecond, costs) => {
          const clock = { ms: 1_000_000 };
          const quota = createQuota({ perSecond, burst: 2 * perSecond, now: () => clock.ms });
          const limit = createRateLimits({ user: quota, key: quota, partner: () => quota }).of({
            kind: 'customer',
            userId: 'a',
            tokenExpiresAtMs: Infinity,
          });
          const send = (cost: number): AppError | null => {
            try {
              limit?.take(sendTransactionBatch);
              limit?.takeMore(cost);
              return null;
            } catch (error) {
              return error as AppError;
            }
          };
          for (const cost of costs) {
            for (let refusal = send(cost), tries = 0; refusal; refusal = send(cost), tries += 1) {
              expect([refusal.status, refusal.code]).toEqual([429, 'quota_exceeded']);
              // A request without a token gets the first alone.
              expect(tries).toBeLessThanOrEqual(2);
              clock.ms += Math.max(1000, Math.ceil(refusal.retryAfterSeconds) * 1000);
            }
          }
        },
      ),
    );
  });

  test('reads no batch of a customer until the seconds have passed that the last rejected one announced', () => {
    const clock = { ms: 1_000_000 };
    const quota = createQuota({ perSecond: 100, burst: 200, now: () => clock.ms });
    const limit = createRateLimits({ user: quota, key: quota, partner: () => quota }).of({
      kind: 'customer',
      userId: 'a',
      tokenExpiresAtMs: Infinity,
    });
    limit?.take(sendTransactionBatch);
    limit?.takeMore(150);
    limit?.take(sendTransactionBatch);
    expect(() => limit?.takeMore(100)).toThrow(AppError);
    expect(() => limit?.take(sendTransactionBatch)).toThrow(
      expect.objectContaining({ headers: { connection: 'close' } }),
    );
    limit?.take(sendTransaction);
    clock.ms += 540;
    limit?.take(sendTransactionBatch);
    limit?.takeMore(100);
  });

  test('is of each operator by itself, and of no customer', () => {
    const quota = createQuota({ perSecond: 1, burst: 2 });
    const limits = createRateLimits({ user: quota, key: quota, partner: () => quota });
    const operator = (name: string) =>
      limits.of({ kind: 'operator', name, roles: ['viewer'], tokenExpiresAtMs: Infinity, tokenVersion: 1 });
    for (let request = 0; request < 2; request += 1) operator('ada')?.take(sendTransaction);
    expect(() => operator('ada')?.take(sendTransaction)).toThrow(AppError);
    operator('grace')?.take(sendTransaction);
    limits.of({ kind: 'customer', userId: 'ada', tokenExpiresAtMs: Infinity })?.take(sendTransaction);
  });

  test('is of each partner by itself, at its own rate, by the events of a batch', () => {
    const quota = createQuota({ perSecond: 1, burst: 1 });
    const partnerQuota = (perSecond: number) => createQuota({ perSecond, burst: 2 * perSecond });
    const limits = createRateLimits({ user: quota, key: quota, partner: partnerQuota });
    const partner = (id: string, eventsPerSecond: number) =>
      limits.of({
        kind: 'partner',
        id,
        scopes: ['transactions:write'],
        eventsPerSecond,
        tokenVersion: 1,
        tokenExpiresAtMs: Infinity,
      });
    const send = (id: string, perSecond: number, events: number) => {
      partner(id, perSecond)?.take(sendTransactionBatch);
      partner(id, perSecond)?.takeMore(events);
    };
    send('a', 100, 150);
    expect(() => send('a', 100, 150)).toThrow(AppError);
    send('b', 100, 150);
    send('c', 1000, 900);
    send('c', 1000, 900);
  });
});
