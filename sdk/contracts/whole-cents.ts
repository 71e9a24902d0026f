/** The fault of an amount with more than two decimals. */
export const NOT_WHOLE_CENTS = 'must have at most 2 decimals';

/** A binary fraction is the nearest to one with two decimals, or it is not. */
export function isWholeCents(amount: number): boolean {
  return Math.round(amount * 100) / 100 === amount;
}

/**
 * Whether the decimals of an amount beyond cents are lost once it is a number: 9.999999999999999999 is 10,
 * and 99999999.990000001 is 99999999.99.
 */
export function isRoundedToCents(amount: string): boolean {
  return /\.\d\d\d*[1-9]/.test(amount) && Number(Number(amount).toFixed(2)) === Number(amount);
}
