import { describe, expect, test } from 'bun:test';
import { Registration } from '../../sdk/contracts/auth.ts';
import { LIMITS } from '../../sdk/contracts/common.ts';
import { OffersQuery } from '../../sdk/contracts/credit.ts';
import { DecisionsQuery } from '../../sdk/contracts/decision.ts';
import { EmotionEvent } from '../../sdk/contracts/emotion.ts';
import { Transaction } from '../../sdk/contracts/transaction.ts';
import { createValidator } from './validation.ts';

/** Each bound of the contract from both sides, as numbers: no constant of the code is in the expectations. */
const userId = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a';
const metrics = { positivity: 0, intensity: 0.5, stress_level: 1 };

const checks = {
  registration: createValidator(Registration),
  transaction: createValidator(Transaction),
  emotion: createValidator(EmotionEvent),
  offers: createValidator(OffersQuery),
  decisions: createValidator(DecisionsQuery),
};

const withPassword = (length: number) => ({ email: 'a@example.com', password: 'p'.repeat(length) });
const withMetric = (name: string, value: number, type = 'calm') => ({
  userId,
  timestamp: '2026-11-23T09:30:00Z',
  emotionEvent: { type, metrics: { ...metrics, [name]: value } },
});

describe('taken at the edge', () => {
  test.each<[keyof typeof checks, unknown]>([
    ['registration', withPassword(8)],
    ['registration', withPassword(128)],
    ['transaction', { userId, amount: 0.01 }],
    ['transaction', { userId, amount: 999_999_999.99 }],
    ...['positivity', 'intensity', 'stress_level'].flatMap((name): [keyof typeof checks, unknown][] => [
      ['emotion', withMetric(name, 0)],
      ['emotion', withMetric(name, 1)],
    ]),
    ['emotion', withMetric('intensity', 0, 'e'.repeat(64))],
    ['offers', { page: 1, page_size: 1 }],
    ['offers', { page_size: 100 }],
    ['decisions', { page_size: 1 }],
    ['decisions', { page_size: 100 }],
  ])('%s %j', (name, value) => expect(checks[name].check(value).ok).toBe(true));
});

describe('refused beyond it', () => {
  test.each<[keyof typeof checks, unknown]>([
    ['registration', withPassword(7)],
    ['registration', withPassword(129)],
    ['transaction', { userId, amount: 0 }],
    ['transaction', { userId, amount: 1_000_000_000 }],
    ...['positivity', 'intensity', 'stress_level'].flatMap((name): [keyof typeof checks, unknown][] => [
      ['emotion', withMetric(name, -Number.EPSILON)],
      ['emotion', withMetric(name, 1 + Number.EPSILON)],
    ]),
    ['emotion', withMetric('intensity', 0, '')],
    ['emotion', withMetric('intensity', 0, 'e'.repeat(65))],
    ['offers', { page: 0 }],
    ['offers', { page_size: 0 }],
    ['offers', { page_size: 101 }],
    ['decisions', { page_size: 0 }],
    ['decisions', { page_size: 101 }],
  ])('%s %j', (name, value) => expect(checks[name].check(value).ok).toBe(false));
});

test('the limits of requests are those that the contract names; their edges are tested where they are kept', () => {
  expect(LIMITS).toEqual({
    bodyBytesMax: 65_536,
    batchBytesMax: 1_048_576,
    batchLinesMax: 1000,
    requestIdLengthMax: 128,
    idempotencyKeyLengthMax: 255,
    pageSizeMax: 100,
  });
});
