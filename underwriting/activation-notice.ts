import type { CreditType } from '../sdk/contracts/credit.ts';

/** Returns the texts of the notification that tells a customer of an active limit. */
export function activationNotice(terms: {
  creditLimit: number;
  interestRate: number;
  creditType: CreditType;
}): { title: string; message: string } {
  const term = terms.creditType === 'LONG_TERM_PERSONAL_LOAN' ? 'long-term' : 'short-term';
  return {
    title: 'Your credit limit is active',
    message:
      `Your ${term} credit limit of ${amounts.format(terms.creditLimit)} ` +
      `at ${amounts.format(terms.interestRate)} % a year can be used now.`,
  };
}

const amounts = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
