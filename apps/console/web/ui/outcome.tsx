import { formatMoney, formatNumber } from './format.ts';

/** The outcome of a decision as a tag. */
export function Outcome({ approved }: { approved: boolean }) {
  return <span class={`tag ${approved ? 'approved' : 'denied'}`}>{approved ? 'approved' : 'denied'}</span>;
}

interface Terms {
  credit_limit: number;
  interest_rate: number;
  credit_type: string;
}

/** `8,200.00 at 7.70 % a year, long term`. */
export const termsOf = (terms: Terms | null): string =>
  terms === null
    ? 'no offer'
    : `${formatMoney(terms.credit_limit)} at ${formatNumber(terms.interest_rate, 2)} % a year, ` +
      (terms.credit_type === 'LONG_TERM_PERSONAL_LOAN' ? 'long term' : 'short term');

const EFFECTS: Record<string, string> = {
  off: 'off: not read',
  help_only: 'may help, never harm',
  full: 'count in full',
};

/** An effect of emotions in words. */
export const effectOf = (effect: string | null): string =>
  effect === null ? 'not recorded' : (EFFECTS[effect] ?? effect);

/** A code of the policy in words: `few transactions`. */
export const wordsOf = (code: string): string => code.replaceAll('_', ' ');

/** Explains a column of reasons. */
export const ENOUGH =
  'Enough by itself: the value of this fact that would have led to an approval, all others as they are.';

/** Names the jurisdictions of a policy; `*` stands for those that no other policy names. */
export const namePlaces = (jurisdictions: readonly string[]): string =>
  jurisdictions.map((place) => (place === '*' ? 'every place that no other policy names' : place)).join(', ');
