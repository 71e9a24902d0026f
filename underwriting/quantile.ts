/**
 * Returns the least value that a share of a sample does not exceed, as percentile_disc of PostgreSQL does; null
 * of no values. The sample is in ascending order.
 */
export function quantileOf(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
