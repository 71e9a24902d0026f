import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { compareModels, type ModelPair } from './model-comparison.ts';
import { mcnemar } from './mcnemar.ts';
import { psi } from './psi.ts';

const FEATURES = {
  transaction_count_30d: 10,
  avg_transaction_value_30d: 50,
  avg_positivity_7d: 0.5,
  stress_events_30d: 0,
};

/** So many pairs, of which the champion approves by `championMax` and the challenger by `challengerMax`. */
function pairsOf(count: number, championMax: number, challengerMax: number, change: Partial<ModelPair> = {}) {
  return Array.from({ length: count }, (_, index): ModelPair => {
    const score = ((index * 37) % count) / count;
    return {
      jurisdiction: 'BR',
      features: { ...FEATURES, transaction_count_30d: (index * 13) % 40 },
      champion: { approved: score <= championMax, score },
      challenger: { approved: score <= challengerMax, score, latencyMs: 10 },
      ...change,
    };
  });
}

const pair = fc.record({
  jurisdiction: fc.constantFrom('BR', 'DE', 'unknown'),
  features: fc.constant(FEATURES),
  champion: fc.record({ approved: fc.boolean(), score: fc.double({ min: 0, max: 1, noNaN: true }) }),
  challenger: fc.record({
    approved: fc.boolean(),
    score: fc.double({ min: 0, max: 1, noNaN: true }),
    latencyMs: fc.nat(1000),
  }),
});
const pairs = fc.array(pair, { maxLength: 300 });
const samples = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 300 });

describe('the population stability index', () => {
  test('is 0 of a sample and itself in any order, and never below 0', () => {
    fc.assert(
      fc.property(samples, samples, (reference, live) => {
        expect(psi(reference, reference.toReversed())).toBeCloseTo(0, 10);
        expect(psi(reference, live)).toBeGreaterThanOrEqual(-1e-12);
      }),
    );
  });

  test('is small for the same distribution, above 0.25 for one that moved, null without values', () => {
    const reference = Array.from({ length: 1000 }, (_, index) => ((index * 617) % 1000) / 1000);
    const half = reference.slice(0, 500);
    expect(psi(reference, half)).toBeLessThan(0.1);
    expect(
      psi(
        reference,
        reference.map((score) => score + 0.3),
      ),
    ).toBeGreaterThan(0.25);
    expect(psi([], half)).toBeNull();
  });
});

describe("McNemar's test", () => {
  test('gives the p-values of the binomial distribution', () => {
    expect(mcnemar(0, 0)).toBe(1);
    expect(mcnemar(5, 5)).toBe(1);
    expect(mcnemar(0, 5)).toBeCloseTo(2 / 32, 10);
    expect(mcnemar(2, 10)).toBeCloseTo(0.038574, 6);
  });

  test('is the same either way, from 0 to 1, smaller for more one-sided flips, without a step at 1,000', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(3000), (a, b) => {
        const p = mcnemar(a, b);
        expect(p).toBe(mcnemar(b, a));
        expect(p).toBeWithin(0, 1.000001);
        expect(mcnemar(Math.max(a, b) + 1, Math.max(0, Math.min(a, b) - 1))).toBeLessThanOrEqual(p + 0.001);
      }),
    );
    expect(Math.abs(mcnemar(470, 530) - mcnemar(470, 531))).toBeLessThan(0.01);
  });
});

describe('a comparison of models', () => {
  test('of a model with itself has no flips, no verdict, and no guardrail broken', () => {
    const comparison = compareModels(pairsOf(400, 0.6, 0.6), 'approvals');
    expect(comparison).toMatchObject({
      agreement: 1,
      flips: { to_approved: 0, to_denied: 0 },
      verdict: 'not enough data',
      p_value: 1,
      broken_guardrails: [],
    });
    expect(comparison.psi.score).toBeCloseTo(0, 10);
  });

  test('counts every pair once: agreements and flips are all, cohorts sum up, shares are shares', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const { agreement, flips, cohorts, approved } = compareModels(list, null);
        const agreed = Math.round((agreement ?? 0) * list.length);
        expect(agreed + flips.to_approved + flips.to_denied).toBe(list.length);
        expect(cohorts.reduce((sum, cohort) => sum + cohort.pairs, 0)).toBe(list.length);
        const gained = ((approved.challenger ?? 0) - (approved.champion ?? 0)) * list.length;
        expect(gained).toBeCloseTo(flips.to_approved - flips.to_denied, 6);
      }),
    );
  });

  test('says better for one objective exactly when it says worse for the other', () => {
    const opposite = { better: 'worse', worse: 'better', 'not enough data': 'not enough data' };
    fc.assert(
      fc.property(pairs, (list) => {
        const { verdict } = compareModels(list, 'approvals');
        expect(compareModels(list, 'risk').verdict as string).toBe(opposite[verdict]);
      }),
    );
  });

  test.each([
    ['approvals', 0.65, 'better'],
    ['approvals', 0.55, 'worse'],
    ['risk', 0.55, 'better'],
    ['approvals', 0.601, 'not enough data'],
    [null, 0.65, 'not enough data'],
  ] as const)('for the objective %s, approving up to %d instead of 0.6, is %s', (objective, max, verdict) => {
    expect(compareModels(pairsOf(400, 0.6, max), objective)).toMatchObject({ verdict });
  });
});

describe('guardrails', () => {
  const broken = (list: ModelPair[]) =>
    compareModels(list, 'approvals').broken_guardrails.map(({ name }) => name);

  test('want 200 pairs', () => {
    expect(broken(pairsOf(199, 0.6, 0.6))).toEqual(['pairs']);
    expect(broken([])).toEqual(['pairs']);
  });

  test('want nine of ten decisions to agree', () => {
    expect(broken(pairsOf(400, 0.5, 0.65))).toEqual(['agreement']);
  });

  test('want scores that are still those of the same population', () => {
    const moved = pairsOf(400, 0.6, 0.6).map((entry) => ({
      ...entry,
      challenger: { ...entry.challenger, score: entry.challenger.score / 2 },
    }));
    expect(broken(moved)).toEqual(['psi_score']);
  });

  test('want 95 % of the responses within 400 ms', () => {
    const slow = pairsOf(400, 0.6, 0.6).map((entry, index) => ({
      ...entry,
      challenger: { ...entry.challenger, latencyMs: index % 10 === 0 ? 900 : 10 },
    }));
    expect(broken(slow)).toEqual(['latency']);
  });

  test('want four fifths of the approvals in every jurisdiction of 50 pairs', () => {
    const main = pairsOf(1000, 0.6, 0.6);
    expect(broken([...main, ...pairsOf(60, 0.6, 0.4, { jurisdiction: 'DE' })])).toEqual(['cohort']);
    expect(broken([...main, ...pairsOf(40, 0.6, 0.4, { jurisdiction: 'DE' })])).toEqual([]);
  });
});
