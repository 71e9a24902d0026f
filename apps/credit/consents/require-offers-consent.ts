import { type ConsentMode, isAllowed } from '../../../platform/kernel/consent-mode.ts';
import { problem } from '../../../platform/kernel/errors.ts';

/**
 * Throws AppError 403 for a customer that nothing may be offered to, by an analysis or by an operator.
 * `granted` is undefined where the customer has not said.
 */
export function requireOffersConsent(mode: ConsentMode, granted: boolean | undefined): void {
  if (isAllowed(mode, granted)) return;
  throw problem(granted === undefined ? 'consent_missing' : 'consent_withdrawn');
}
