import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { score as scoreBy, SCORECARD_VERSIONS } from './scorecard.ts';

const features = fc.record({
  transaction_count_30d: fc.nat(1000),
  avg_transaction_value_30d: fc.double({ min: 0, max: 1e6, noNaN: true }),
  avg_positivity_7d: fc.double({ min: 0, max: 1, noNaN: true }),
  stress_events_30d: fc.nat(1000),
});

const newcomer = {
  transaction_count_30d: 0,
  avg_transaction_value_30d: 0,
  avg_positivity_7d: 0.5,
  stress_events_30d: 0,
};

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
  expect(SCORECARD_VERSIONS.map((version) => scoreBy(newcomer, version).risk_score)).toEqual([0.8, 0.88]);
});

test('the second version lets emotions move the score by less than half as much', () => {
  const calm = { transaction_count_30d: 20, avg_transaction_value_30d: 100 };
  const spread = (version: (typeof SCORECARD_VERSIONS)[number]) =>
    scoreBy({ ...calm, avg_positivity_7d: 0, stress_events_30d: 20 }, version).risk_score -
    scoreBy({ ...calm, avg_positivity_7d: 1, stress_events_30d: 0 }, version).risk_score;
  expect(spread('scorecard-2')).toBeLessThan(spread('scorecard-1') / 2);
});

test('each share moves in a straight line to the end of its scale, and stops there', () => {
  const points = {
    transaction_count_30d: [0, 20, 40, 41],
    avg_positivity_7d: [0, 0.5, 1],
    stress_events_30d: [0, 10, 20, 21],
  };
  const shares = (version: (typeof SCORECARD_VERSIONS)[number], name: keyof typeof newcomer, at: number[]) =>
    at.map((value) => scoreBy({ ...newcomer, [name]: value }, version).contributions[name]);
  const all = (version: (typeof SCORECARD_VERSIONS)[number], values: number[]) => ({
    count: shares(version, 'transaction_count_30d', points.transaction_count_30d),
    value: shares(version, 'avg_transaction_value_30d', values),
    positivity: shares(version, 'avg_positivity_7d', points.avg_positivity_7d),
    stress: shares(version, 'stress_events_30d', points.stress_events_30d),
  });
  expect(all('scorecard-1', [0, 100, 200, 201])).toEqual({
    count: [0.2, 0, -0.2, -0.2],
    value: [0.1, 0, -0.1, -0.1],
    positivity: [0.25, 0, -0.25],
    stress: [0, 0.175, 0.35, 0.35],
  });
  expect(all('scorecard-2', [0, 200, 400, 401])).toEqual({
    count: [0.28, 0, -0.28, -0.28],
    value: [0.15, 0, -0.15, -0.15],
    positivity: [0.1, 0, -0.1],
    stress: [0, 0.075, 0.15, 0.15],
  });
});
