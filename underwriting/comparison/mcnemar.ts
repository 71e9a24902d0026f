/** Beyond it the normal approximation differs by less than anyone decides by. */
const EXACT_MAX = 1000;

/**
 * Returns the two-sided p-value of McNemar's test: the chance of flips as one-sided as these where either way
 * is as likely. Exact by the binomial distribution, for many flips by the normal one with continuity
 * correction.
 */
export function mcnemar(flipsOneWay: number, flipsOtherWay: number): number {
  const flips = flipsOneWay + flipsOtherWay;
  if (flips === 0) return 1;
  if (flips > EXACT_MAX) {
    const z = Math.max(0, Math.abs(flipsOneWay - flipsOtherWay) - 1) / Math.sqrt(flips);
    return 2 * upperTail(z);
  }
  const fewer = Math.min(flipsOneWay, flipsOtherWay);
  let logChoose = 0;
  let tail = 0;
  for (let count = 0; count <= fewer; count += 1) {
    if (count > 0) logChoose += Math.log(flips - count + 1) - Math.log(count);
    tail += Math.exp(logChoose - flips * Math.LN2);
  }
  return Math.min(1, 2 * tail);
}

/** The chance that a standard normal value is above z (Abramowitz and Stegun 26.2.17, error under 1e-7). */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (series * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}
