/**
 * Returns the least value that a share of an ascending sample does not exceed, as percentile_disc of
 * PostgreSQL does. Null of no values.
 */
export function quantileOf(sorted: ArrayLike<number>, share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
