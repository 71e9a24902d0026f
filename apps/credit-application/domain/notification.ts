import type { OfferApprovedMessage } from '../../../platform/messaging/events.ts';

const amounts = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** The text for the customer when the limit is active. */
export function textsOf(offer: OfferApprovedMessage): { title: string; message: string } {
  const kind = offer.creditType === 'LONG_TERM_PERSONAL_LOAN' ? 'long-term' : 'short-term';
  return {
    title: 'Your credit limit is active',
    message:
      `Your ${kind} credit limit of ${amounts.format(offer.creditLimit)} ` +
      `at ${amounts.format(offer.interestRate)} % a year can be used now.`,
  };
}
