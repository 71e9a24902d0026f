import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { score as scoreBy, SCORECARD_VERSIONS } from './scorecard.ts';

const features = fc.record({
  transaction_count_30d: fc.nat(1000),
  avg_transaction_value_30d: fc.double({ min: 0, max: 1e6, noNaN: true }),
  avg_positivity_7d: fc.double({ min: 0, max: 1, noNaN: true }),
  stress_events_30d: fc.nat(1000),
});

describe.each([...SCORECARD_VERSIONS])('%s', (version) => {
  const score = (vector: Parameters<typeof scoreBy>[0]) => scoreBy(vector, version);

  test('returns a score from 0 to 1 with a share for every feature', () => {
    fc.assert(
      fc.property(features, (vector) => {
        const { risk_score, contributions } = score(vector);
        expect(risk_score).toBeGreaterThanOrEqual(0);
        expect(risk_score).toBeLessThanOrEqual(1);
        expect(Object.keys(contributions).toSorted()).toEqual(Object.keys(vector).toSorted());
      }),
    );
  });

  test('more stress never lowers the risk, more transactions or positivity never raise it', () => {
    fc.assert(
      fc.property(
        features,
        fc.nat(50),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (vector, more, happier) => {
          const risk = score(vector).risk_score;
          const { stress_events_30d: stress, transaction_count_30d: count, avg_positivity_7d: mood } = vector;
          expect(score({ ...vector, stress_events_30d: stress + more }).risk_score).toBeGreaterThanOrEqual(
            risk,
          );
          expect(score({ ...vector, transaction_count_30d: count + more }).risk_score).toBeLessThanOrEqual(
            risk,
          );
          const brighter = { ...vector, avg_positivity_7d: Math.max(mood, happier) };
          expect(score(brighter).risk_score).toBeLessThanOrEqual(risk);
        },
      ),
    );
  });
});

test('the first version scores a newcomer at 0.8, the second at 0.88', () => {
  const newcomer = {
    transaction_count_30d: 0,
    avg_transaction_value_30d: 0,
    avg_positivity_7d: 0.5,
    stress_events_30d: 0,
  };
  expect(SCORECARD_VERSIONS.map((version) => scoreBy(newcomer, version).risk_score)).toEqual([0.8, 0.88]);
});

test('the second version lets emotions move the score by less than half as much', () => {
  const calm = { transaction_count_30d: 20, avg_transaction_value_30d: 100 };
  const spread = (version: (typeof SCORECARD_VERSIONS)[number]) =>
    scoreBy({ ...calm, avg_positivity_7d: 0, stress_events_30d: 20 }, version).risk_score -
    scoreBy({ ...calm, avg_positivity_7d: 1, stress_events_30d: 0 }, version).risk_score;
  expect(spread('scorecard-2')).toBeLessThan(spread('scorecard-1') / 2);
});
