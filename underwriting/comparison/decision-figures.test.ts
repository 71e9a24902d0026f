import { expect, test } from 'bun:test';
import { type DecisionSample, watchFigures } from './decision-figures.ts';

const sampleOf = (change: Partial<DecisionSample> = {}): DecisionSample => ({
  approved: true,
  score: 0.3,
  features: {
    transaction_count_30d: 10,
    avg_transaction_value_30d: 50,
    avg_positivity_7d: 0.5,
    stress_events_30d: 0,
  },
  reason: null,
  effect: 'off',
  ...change,
});

test('a watch has shares of all live decisions, and how far scores and features have moved', () => {
  const live = [
    sampleOf(),
    sampleOf({ effect: 'help_only' }),
    sampleOf({ approved: false, reason: 'high_risk_score', effect: null, score: 0.9 }),
    sampleOf({ approved: false, reason: null, score: 0.9 }),
  ];
  const figures = watchFigures(live, [sampleOf(), sampleOf()]);
  expect(figures).toMatchObject({
    approved: 0.5,
    denied: { high_risk_score: 0.25, none: 0.25 },
    effects: { off: 0.5, help_only: 0.25, none: 0.25 },
  });
  expect(figures?.psi.score).toBeGreaterThan(0.25);
  expect(figures?.psi.transaction_count_30d).toBeCloseTo(0, 10);
});

test('without live decisions there is none; of one without a reference there is no drift', () => {
  expect(watchFigures([], [sampleOf()])).toBeNull();
  expect(watchFigures([sampleOf()], [])).toMatchObject({ approved: 1, denied: {}, psi: { score: null } });
});
