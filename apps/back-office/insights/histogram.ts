import type { Band } from '../../../sdk/contracts/operator-insights.ts';

/** The lower edges of the bins, as migration 0018 has them; a value above the last edge counts as it. */
export const EDGES = {
  emotion: Array.from({ length: 21 }, (_, bin) => bin / 20),
  limit: [
    0, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000, 6000, 7000, 8000, 9000, 10_000, 12_500,
    15_000, 20_000, 25_000, 30_000, 40_000, 50_000, 75_000, 100_000,
  ],
  rate: [0, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 24, 26, 28, 30, 35, 40, 50],
  seconds: [
    0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 60, 120, 300, 600, 1800, 3600,
    21_600, 86_400,
  ],
};

const DIGITS = 12;

/** Returns the counts of a histogram, bin 0 first: each has twelve decimal digits of the number. */
export function countsOf(histogram: string, bins: number): number[] {
  return Array.from({ length: bins }, (_, bin) =>
    Number(histogram.slice(-DIGITS * (bin + 1), Math.max(0, histogram.length - DIGITS * bin))),
  );
}

/** Returns the quantiles of a histogram; null without a value. */
export function bandOf(counts: readonly number[], edges: readonly number[]): Band | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const at = (share: number) => quantileOf(counts, edges, share * total);
  return { p10: at(0.1), p25: at(0.25), p50: at(0.5), p75: at(0.75), p90: at(0.9) };
}

/** Adds histograms of the same edges. */
export function addCounts(sums: number[], counts: readonly number[]): number[] {
  return counts.map((count, bin) => count + (sums[bin] ?? 0));
}

/** The value with so many values below it, as if those of a bin lay evenly in it. */
function quantileOf(counts: readonly number[], edges: readonly number[], rank: number): number {
  let below = 0;
  for (const [bin, count] of counts.entries()) {
    if (count > 0 && below + count >= rank) {
      const from = edges[bin] ?? edges.at(-1) ?? 0;
      const to = edges[bin + 1] ?? from;
      return Number((from + ((to - from) * Math.max(0, rank - below)) / count).toPrecision(3));
    }
    below += count;
  }
  return edges.at(-1) ?? 0;
}
