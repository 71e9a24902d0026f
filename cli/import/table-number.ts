import type { Layout } from './layout.ts';

/** Groups of thousands may stand apart by these; the decimal sign is another one. */
const GROUPED = /^(\d{1,3})(?:([.,'’\s])\d{3})(?:\2\d{3})*$/;
const CENTS = /^(?:0|[1-9]\d*)(?:\.\d{1,2})?$/;
const WHOLE = /^\d+$/;
const MAYBE_THOUSANDS = /^[1-9]\d{0,2}\.\d{3}$/;

/**
 * Returns a number of a table as JSON writes it; null for a text that is no number in this layout. Without
 * `decimal` digits with a point alone are a number: a comma could be either.
 */
export function readTableNumber(
  text: string,
  { decimal, currency }: Layout,
  { isMoney = false } = {},
): string | null {
  // The form of most files, in a tenth of the time.
  if (decimal === undefined && currency === undefined && CENTS.test(text)) return text;
  const bare = currency === undefined ? text : text.replace(currency, '');
  const parts = SIGNED.exec(bare.trim());
  if (!parts) return null;
  const { open, before = '', digits = '', after = '', close } = parts.groups ?? {};
  const signs = `${before}${after}${open ? '-' : ''}`;
  if (signs.length > 1 || (open === undefined) !== (close === undefined)) return null;
  const number = decimal === undefined ? plainOf(digits) : ungroup(digits, decimal);
  // 5.000 is five thousand in half of the world.
  if (number === null || (decimal === undefined && isMoney && MAYBE_THOUSANDS.test(digits))) return null;
  return `${signs === '' || signs === '+' ? '' : '-'}${number}`;
}

/** Bookkeepers write -42.50 as (42.50) or 42.50-, some programs with the sign of typesetters. */
const SIGNED =
  /^(?<open>\()?\s*(?<before>[-+−])?\s*(?<digits>[\d.,'’\s]*\d)\s*(?<after>[-−])?\s*(?<close>\))?$/;

const plainOf = (digits: string) => (/^\d+(\.\d+)?$/.test(digits) ? stripZeros(digits) : null);

function ungroup(digits: string, decimal: ',' | '.'): string | null {
  const [whole = '', fraction, ...others] = digits.split(decimal);
  if (others.length > 0 || (fraction !== undefined && !WHOLE.test(fraction))) return null;
  if (!WHOLE.test(whole) && !GROUPED.test(whole)) return null;
  return stripZeros(`${whole.replace(/\D/g, '')}${fraction === undefined ? '' : `.${fraction}`}`);
}

const stripZeros = (digits: string) => digits.replace(/^0+(?=\d)/, '');
