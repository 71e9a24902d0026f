import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { sameFeatures, toFeatureVector } from './feature-vector.ts';

const TODAY = '2026-03-01';

/** The UTC date so many days before TODAY. */
function daysAgo(days: number): string {
  return new Date(Date.parse(`${TODAY}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

const emotionDay = (age: number, eventCount = 1, positivity = 1, stressEventCount = 0) => ({
  date: daysAgo(age),
  eventCount,
  positivitySum: positivity * eventCount,
  stressEventCount,
});
const transactionDay = (age: number, transactionCount = 1, amount = 10) => ({
  date: daysAgo(age),
  transactionCount,
  amountSum: amount * transactionCount,
});

describe('the feature vector', () => {
  test('of a user without facts is neutral', () => {
    expect(toFeatureVector([], [], TODAY)).toEqual({
      transaction_count_30d: 0,
      avg_transaction_value_30d: 0,
      avg_positivity_7d: 0.5,
      stress_events_30d: 0,
    });
  });

  test('counts a day exactly when it is one of the last 30, or 7, with today', () => {
    for (let age = -3; age <= 60; age += 1) {
      const vector = toFeatureVector([emotionDay(age, 2, 1, 2)], [transactionDay(age, 3)], TODAY);
      const inLongWindow = age >= 0 && age < 30;
      expect([age, vector.transaction_count_30d]).toEqual([age, inLongWindow ? 3 : 0]);
      expect([age, vector.stress_events_30d]).toEqual([age, inLongWindow ? 2 : 0]);
      expect([age, vector.avg_positivity_7d]).toEqual([age, age >= 0 && age < 7 ? 1 : 0.5]);
    }
  });

  test('weights averages by events, not by days', () => {
    const { avg_positivity_7d, avg_transaction_value_30d } = toFeatureVector(
      [emotionDay(0, 9, 1), emotionDay(1, 1, 0)],
      [transactionDay(0, 3, 10), transactionDay(29, 1, 50)],
      TODAY,
    );
    expect(avg_positivity_7d).toBe(0.9);
    expect(avg_transaction_value_30d).toBe(20);
  });

  test('counts a day for the positivity when it is one of the last 7: the 7th is in, the 8th is not', () => {
    const positivity = (age: number) => toFeatureVector([emotionDay(age)], [], TODAY).avg_positivity_7d;
    expect([0, 6, 7, 8].map(positivity)).toEqual([1, 1, 0.5, 0.5]);
  });

  test('rounds an amount to 2 decimals and a positivity to 6', () => {
    const day = { date: TODAY, eventCount: 3, positivitySum: 1, stressEventCount: 0 };
    const vector = toFeatureVector([day], [{ date: TODAY, transactionCount: 3, amountSum: 10 }], TODAY);
    expect(vector).toMatchObject({ avg_positivity_7d: 0.333333, avg_transaction_value_30d: 3.33 });
  });

  test('is another one when any of its features differs', () => {
    const vector = toFeatureVector([emotionDay(0)], [transactionDay(0)], TODAY);
    expect(sameFeatures(vector, { ...vector })).toBe(true);
    for (const name of Object.keys(vector) as (keyof typeof vector)[]) {
      expect([name, sameFeatures(vector, { ...vector, [name]: vector[name] + 1 })]).toEqual([name, false]);
    }
  });

  test('does not depend on the order of the days', () => {
    const day = fc.tuple(
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 1, max: 500 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(day, { maxLength: 40 }), (days) => {
        const emotions = days.map(([age, count, share]) =>
          emotionDay(age, count, share, Math.floor(count * share)),
        );
        const transactions = days.map(([age, count, share]) => transactionDay(age, count, 1 + share * 1000));
        const forwards = toFeatureVector(emotions, transactions, TODAY);
        const backwards = toFeatureVector(emotions.toReversed(), transactions.toReversed(), TODAY);
        expect(sameFeatures(forwards, backwards)).toBe(true);
      }),
    );
  });

  test('stays within the bounds of the model', () => {
    const day = fc.tuple(
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 1, max: 500 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(day), (days) => {
        const emotions = days.map(([age, count, share]) => emotionDay(age, count, share));
        const { avg_positivity_7d } = toFeatureVector(emotions, [], TODAY);
        expect(avg_positivity_7d).toBeGreaterThanOrEqual(0);
        expect(avg_positivity_7d).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('an average', () => {
  /** Hundredths, in the order in which they come; as PostgreSQL's sums of exact numbers are read. */
  const hundredths = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 7 });
  const vectorOf = (sums: number[], countPerDay: number) => {
    const days = sums.map((sum, age) => ({ date: daysAgo(age), sum: sum / 100 }));
    return {
      days,
      ofDays: (ordered: typeof days) =>
        toFeatureVector(
          ordered.map(({ date, sum }) => ({
            date,
            eventCount: countPerDay,
            positivitySum: sum,
            stressEventCount: 0,
          })),
          ordered.map(({ date, sum }) => ({ date, transactionCount: countPerDay, amountSum: sum })),
          TODAY,
        ),
    };
  };
  const counts = fc.constantFrom(1, 2, 3, 5, 8, 16, 20, 32, 40, 64, 320);

  test('is the same in whatever order the days come', () => {
    fc.assert(
      fc.property(hundredths, counts, fc.infiniteStream(fc.nat()), (sums, count, keys) => {
        const { days, ofDays } = vectorOf(sums, count);
        const shuffled = days.map((day) => ({ day, key: keys.next().value ?? 0 }));
        const others = shuffled.toSorted((a, b) => a.key - b.key).map(({ day }) => day);
        expect(ofDays(others)).toEqual(ofDays(days));
      }),
      { numRuns: 20_000, seed: 7 },
    );
  });

  test('is that of exact numbers, with a half rounded up, as PostgreSQL computes it', () => {
    const exact = (total: number, count: number, decimals: number) => {
      const scale = 10n ** BigInt(decimals);
      const [top, bottom] = [BigInt(total) * scale, BigInt(count) * 100n];
      return Number((2n * top + bottom) / (2n * bottom)) / Number(scale);
    };
    fc.assert(
      fc.property(hundredths, counts, (sums, count) => {
        const { days, ofDays } = vectorOf(sums, count);
        const total = sums.reduce((sum, value) => sum + value, 0);
        const { avg_transaction_value_30d, avg_positivity_7d } = ofDays(days);
        expect(avg_transaction_value_30d).toBe(exact(total, count * sums.length, 2));
        expect(avg_positivity_7d).toBe(exact(total, count * sums.length, 6));
      }),
      { numRuns: 20_000, seed: 7 },
    );
  });

  test('of the largest amounts is exact to the cent', () => {
    const day = { date: TODAY, transactionCount: 1000, amountSum: 999_999_999_990 };
    expect(toFeatureVector([], [day], TODAY).avg_transaction_value_30d).toBe(999_999_999.99);
  });
});
