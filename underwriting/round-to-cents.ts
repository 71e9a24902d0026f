/** Returns an amount of money, or a rate in percent, with at most two decimals. */
export function roundToCents(value: number): number {
  return Math.round(value * 100) / 100;
}
