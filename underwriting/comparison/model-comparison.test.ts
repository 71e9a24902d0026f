import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { compareModels, type ModelPair, scoreCells } from './model-comparison.ts';
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

  test('is the sum over the deciles of the reference, where an empty one counts as a ten-thousandth', () => {
    const reference = [3, 1, 10, 2, 9, 5, 4, 8, 6, 7];
    const allInTheLast = 9 * (0.0001 - 0.1) * Math.log(0.0001 / 0.1) + (1 - 0.1) * Math.log(1 / 0.1);
    expect(psi(reference, [9.5, 10, 11])).toBeCloseTo(allInTheLast, 10);
    const allInTheFirst = psi(reference, [1, 0.5]);
    expect(allInTheFirst).toBeCloseTo(allInTheLast, 10);
    expect(psi(reference, [1.5, 2, 2])).toBeCloseTo(allInTheLast, 10);
    expect(psi(reference, [])).toBeNull();
    const ofEleven = psi([...reference, 11], [2]);
    const twoInTheFirst =
      (1 - 2 / 11) * Math.log(11 / 2) + 9 * (0.0001 - 1 / 11) * Math.log(0.0001 / (1 / 11));
    expect(ofEleven).toBeCloseTo(twoInTheFirst, 10);
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
    expect(mcnemar(470, 531)).toBeCloseTo(0.05785052, 6);
    expect(mcnemar(49_500, 50_500)).toBeCloseTo(0.00158236, 6);
  });

  test('is the same either way, from 0 to 1, smaller for more one-sided flips', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(3000), (a, b) => {
        const p = mcnemar(a, b);
        expect(p).toBe(mcnemar(b, a));
        expect(p).toBeWithin(0, 1.000001);
        expect(mcnemar(Math.max(a, b) + 1, Math.max(0, Math.min(a, b) - 1))).toBeLessThanOrEqual(p + 0.001);
      }),
    );
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

test('a comparison has its drift from the older half to the newer, its cohorts by size, its latencies', () => {
  const [first, ...rest] = pairsOf(1000, 0.6, 0.6);
  const list = [...rest, first!].map((entry, index) => ({
    ...entry,
    customer: String(index % 3),
    jurisdiction: ['BR', 'US', 'AR', 'BR'][index % 4] as string,
    challenger: { ...entry.challenger, latencyMs: (index * 7) % 1000 },
  }));
  const { latency_ms, cohorts } = compareModels(list, null);
  expect(latency_ms).toEqual({ p50: 499, p95: 949 });
  expect(cohorts.map(({ jurisdiction, pairs, customers }) => [jurisdiction, pairs, customers])).toEqual([
    ['BR', 500, 3],
    ['AR', 250, 3],
    ['US', 250, 3],
  ]);
  const five = [1, 2, 5, 5, 5].map((count) => ({
    ...first!,
    features: { ...FEATURES, transaction_count_30d: count },
    challenger: { ...first!.challenger, latencyMs: count },
  }));
  const { psi: drift, latency_ms: ofFive } = compareModels(five, null);
  expect(ofFive).toEqual({ p50: 5, p95: 5 });
  expect(drift.features.transaction_count_30d).toBeCloseTo(
    2 * 0.4999 * Math.log(5000) + 0.9999 * Math.log(10_000),
    10,
  );
  expect(drift.features.stress_events_30d).toBeCloseTo(0, 10);
  expect(compareModels([], null).latency_ms).toEqual({ p50: null, p95: null });
});

test('a verdict is one from a chance of 5 % on, and says by which test', () => {
  const verdictOf = (toApproved: number, toDenied: number) => {
    const flip = (count: number, approved: boolean) =>
      Array.from({ length: count }, () => ({
        ...pairsOf(1, 1, 1)[0]!,
        champion: { approved: !approved, score: 0.5 },
        challenger: { approved, score: 0.5, latencyMs: 1 },
      }));
    return compareModels([...flip(toApproved, true), ...flip(toDenied, false)], 'approvals');
  };
  expect(verdictOf(42, 25).verdict).toBe('better');
  expect(verdictOf(22, 10)).toMatchObject({
    verdict: 'not enough data',
    because: expect.stringMatching(
      /^McNemar's test of \d+ flips to approved and \d+ to denied: p = 0\.050, not below 0\.05$/,
    ),
  });
});

test('scores are counted by their tenths, 1 with the last, and customers once', () => {
  const pairOf = (champion: number, challenger: number, customer: string): ModelPair => ({
    customer,
    jurisdiction: 'BR',
    features: FEATURES,
    champion: { approved: true, score: champion },
    challenger: { approved: true, score: challenger, latencyMs: 1 },
  });
  const pairs = [
    pairOf(1, 0.9, 'a'),
    pairOf(0.95, 0.99, 'b'),
    pairOf(0.3, 0.19, 'a'),
    pairOf(0.39, 0.1, 'a'),
    pairOf(0.3, 0.2, 'a'),
    pairOf(0, 0.05, 'c'),
  ];
  expect(scoreCells(pairs)).toEqual([
    { champion: 0, challenger: 0, customers: 1, pairs: 1 },
    { champion: 0.3, challenger: 0.1, customers: 1, pairs: 2 },
    { champion: 0.3, challenger: 0.2, customers: 1, pairs: 1 },
    { champion: 0.9, challenger: 0.9, customers: 2, pairs: 2 },
  ]);
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
