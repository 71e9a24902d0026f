const BINS = 10;
/** The customary share of an empty bin, since the logarithm of 0 is not finite. */
const SHARE_MIN = 0.0001;

/**
 * The population stability index of two samples: how far the second has moved from the first. Below 0.1 is
 * stable, above 0.25 is another population. Bins are the deciles of the first sample, so that each has the
 * same weight; equal values share a bin. Null without values on both sides.
 */
export function psi(reference: number[], live: number[]): number | null {
  if (reference.length === 0 || live.length === 0) return null;
  const edges = edgesOf(reference);
  const expected = sharesOf(reference, edges);
  const actual = sharesOf(live, edges);
  return expected.reduce((sum, share, bin) => {
    const actualShare = actual[bin] as number;
    return sum + (actualShare - share) * Math.log(actualShare / share);
  }, 0);
}

/** The upper edges of the bins, ascending and distinct. */
function edgesOf(sample: number[]): number[] {
  const sorted = sample.toSorted((a, b) => a - b);
  const deciles = Array.from(
    { length: BINS - 1 },
    (_, bin) => sorted[Math.ceil(((bin + 1) * sorted.length) / BINS) - 1] as number,
  );
  return [...new Set([...deciles, Infinity])];
}

function sharesOf(sample: number[], edges: number[]): number[] {
  const bins = Map.groupBy(sample, (value) => edges.find((upper) => value <= upper));
  return edges.map((upper) => Math.max(SHARE_MIN, (bins.get(upper)?.length ?? 0) / sample.length));
}
