const BINS = 10;
/** A bin without a value counts as so much, as is usual: the logarithm of nothing is no number. */
const SHARE_MIN = 0.0001;

/**
 * The population stability index of two samples: how far the second has moved from the first. Below 0.1 is
 * stable, above 0.25 is another population. Bins are the deciles of the first sample, so that each has the
 * same weight; equal values share a bin. Null without values on both sides.
 */
export function psi(reference: number[], live: number[]): number | null {
  if (reference.length === 0 || live.length === 0) return null;
  const edges = decilesOf(reference);
  const expected = sharesOf(reference, edges);
  const actual = sharesOf(live, edges);
  return expected.reduce((sum, share, bin) => {
    const actualShare = actual[bin] ?? SHARE_MIN;
    return sum + (actualShare - share) * Math.log(actualShare / share);
  }, 0);
}

/** The upper edges of all bins but the last, ascending and distinct. */
function decilesOf(sample: number[]): number[] {
  const sorted = sample.toSorted((a, b) => a - b);
  const at = (bin: number) => sorted[Math.ceil((bin * sorted.length) / BINS) - 1] ?? 0;
  return [...new Set(Array.from({ length: BINS - 1 }, (_, index) => at(index + 1)))];
}

function sharesOf(sample: number[], edges: number[]): number[] {
  const counts = Array.from({ length: edges.length + 1 }, () => 0);
  for (const value of sample) {
    const edge = edges.findIndex((upper) => value <= upper);
    const bin = edge === -1 ? edges.length : edge;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count) => Math.max(SHARE_MIN, count / sample.length));
}
