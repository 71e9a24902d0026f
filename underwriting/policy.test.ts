import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { underwrite } from './policy.ts';

const FEATURES = [
  'transaction_count_30d',
  'avg_transaction_value_30d',
  'avg_positivity_7d',
  'stress_events_30d',
];

const risk = fc.double({ min: 0, max: 1, noNaN: true });
const contributions = fc.dictionary(
  fc.oneof(fc.constantFrom(...FEATURES), fc.string()),
  fc.double({ min: -1, max: 1, noNaN: true }),
);

const decide = (risk_score: number, shares: Record<string, number> = {}) =>
  underwrite({ risk_score, model_version: 'test', contributions: shares });

describe('the underwriting policy', () => {
  test('more risk never gets a higher limit or a lower rate, and is never approved after a denial', () => {
    fc.assert(
      fc.property(risk, risk, (first, second) => {
        const [low, high] =
          first <= second ? [decide(first), decide(second)] : [decide(second), decide(first)];
        if (!low.approved) expect(high.approved).toBe(false);
        if (!low.approved || !high.approved) return;
        expect(high.terms.creditLimit).toBeLessThanOrEqual(low.terms.creditLimit);
        expect(high.terms.interestRate).toBeGreaterThanOrEqual(low.terms.interestRate);
      }),
    );
  });

  test('limits and rates stay within their bounds and have at most 2 decimals', () => {
    fc.assert(
      fc.property(risk, (score) => {
        const { approved, terms } = decide(score);
        expect(approved).toBe(score <= 0.6);
        if (!terms) return;
        expect(terms.creditLimit).toBeGreaterThanOrEqual(1000);
        expect(terms.creditLimit).toBeLessThanOrEqual(10_000);
        expect(terms.interestRate).toBeGreaterThanOrEqual(5);
        expect(terms.interestRate).toBeLessThanOrEqual(14);
        for (const value of [terms.creditLimit, terms.interestRate]) {
          expect(Number(value.toFixed(2))).toBe(value);
        }
      }),
    );
  });

  test('gives 1 to 4 reasons when it denies, the heaviest first, and none when it approves', () => {
    fc.assert(
      fc.property(risk, contributions, (score, shares) => {
        const { approved, reasons } = decide(score, shares);
        if (approved) {
          expect(reasons).toHaveLength(0);
          return;
        }
        expect(reasons.length).toBeGreaterThanOrEqual(1);
        expect(reasons.length).toBeLessThanOrEqual(4);
        expect(new Set(reasons.map(({ code }) => code)).size).toBe(reasons.length);
        for (const { code, message } of reasons) {
          expect(code).toMatch(/^[a-z_]+$/);
          expect(message).not.toBe('');
        }
      }),
    );
  });

  test('draws its reasons only from features that raised the risk', () => {
    const { reasons } = decide(0.9, {
      stress_events_30d: 0.1,
      transaction_count_30d: 0.3,
      avg_positivity_7d: -0.2,
      made_up: 0.9,
    });
    expect(reasons.map(({ code }) => code)).toEqual(['few_transactions', 'high_stress_frequency']);
  });

  test.each([
    [0, 10_000, 5, 'LONG_TERM_PERSONAL_LOAN'],
    [0.25, 7500, 8.75, 'LONG_TERM_PERSONAL_LOAN'],
    [0.2501, 7499, 8.75, 'SHORT_TERM_PERSONAL_LOAN'],
    [0.6, 4000, 14, 'SHORT_TERM_PERSONAL_LOAN'],
  ] as const)(
    'a risk of %p gives a limit of %p at %p percent, %s',
    (score, creditLimit, interestRate, creditType) => {
      expect(decide(score).terms).toEqual({ creditLimit, interestRate, creditType });
    },
  );
});
