/**
 * The exact stratified rank test (van Elteren) of one new value a stratum against earlier ones. Under no
 * change each value of a stratum is equally likely to be the new one, so the sum of the new values' ranks has
 * an exact distribution: nothing is assumed of the values' own. Strata are weekdays,
 * so that a weekly rhythm is no change.
 */
export interface Stratum {
  recent: number;
  before: number[];
}

interface RankTest {
  /** Two-sided. */
  p: number;
  /** Share of pairs of a stratum's new and an earlier value with the new one higher; ties are half. */
  superiority: number;
}

export function rankTest(strata: Stratum[]): RankTest {
  // Twice the midranks, which are whole numbers.
  let distribution = new Map<number, number>([[0, 1]]);
  let observed = 0;
  let higher = 0;
  let pairs = 0;
  for (const { recent, before } of strata) {
    const values = [recent, ...before];
    const ranks = values.map((value) => midrankTwice(values, value));
    observed += ranks[0] ?? 0;
    distribution = convolve(distribution, ranks);
    higher += before.filter((value) => value < recent).length;
    higher += before.filter((value) => value === recent).length / 2;
    pairs += before.length;
  }
  let below = 0;
  let above = 0;
  for (const [sum, probability] of distribution) {
    if (sum <= observed) below += probability;
    if (sum >= observed) above += probability;
  }
  return { p: Math.min(1, 2 * Math.min(below, above)), superiority: pairs === 0 ? 0.5 : higher / pairs };
}

/** Benjamini and Hochberg: the share of false ones among the discoveries at which each would be one. */
export function falseDiscoveryRates(ps: number[]): number[] {
  const order = ps.map((p, index) => ({ p, index })).toSorted((a, b) => b.p - a.p);
  const rates = ps.map(() => 1);
  let least = 1;
  for (const [place, { p, index }] of order.entries()) {
    least = Math.min(least, (p * ps.length) / (ps.length - place));
    rates[index] = least;
  }
  return rates;
}

function midrankTwice(values: number[], value: number): number {
  const lower = values.filter((entry) => entry < value).length;
  const equal = values.filter((entry) => entry === value).length;
  return 2 * lower + equal + 1;
}

function convolve(distribution: Map<number, number>, ranks: number[]): Map<number, number> {
  const next = new Map<number, number>();
  for (const [sum, probability] of distribution) {
    for (const rank of ranks) {
      next.set(sum + rank, (next.get(sum + rank) ?? 0) + probability / ranks.length);
    }
  }
  return next;
}
