/**
 * Returns the two-sided p-value of McNemar's test: the chance of flips as one-sided as these where either way
 * is as likely, by the binomial distribution.
 */
export function mcnemar(flipsOneWay: number, flipsOtherWay: number): number {
  const flips = flipsOneWay + flipsOtherWay;
  const fewer = Math.min(flipsOneWay, flipsOtherWay);
  let logChoose = 0;
  let tail = 0;
  for (let count = 0; count <= fewer; count += 1) {
    if (count > 0) logChoose += Math.log(flips - count + 1) - Math.log(count);
    tail += Math.exp(logChoose - flips * Math.LN2);
  }
  return Math.min(1, 2 * tail);
}
