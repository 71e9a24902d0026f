/** The fault of an amount with more than two decimals. */
export const NOT_WHOLE_CENTS = 'must have at most 2 decimals';

/** A binary fraction is the nearest to one with two decimals, or it is not. */
export function isWholeCents(amount: number): boolean {
  return Math.round(amount * 100) / 100 === amount;
}

/**
 * Whether the decimals of an amount beyond cents are lost once it is a number: 9.999999999999999999 is 10, as
 * 0.9999999999999999999e1 is, and 99999999.990000001 is 99999999.99.
 */
export function isRoundedToCents(amount: string): boolean {
  return decimalsOf(amount) > 2 && isWholeCents(Number(amount));
}

/** Returns the decimals of a number in JSON, zeros at the end left out; of another text 0. */
function decimalsOf(text: string): number {
  const [, whole, fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (whole === undefined || (fraction.length <= 2 && exponent === '0')) return 0;
  const digits = whole + fraction;
  let zeros = 0;
  while (digits.at(-1 - zeros) === '0') zeros += 1;
  return zeros === digits.length ? 0 : fraction.length - zeros - Number(exponent);
}

const NUMBER = /^-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i;
