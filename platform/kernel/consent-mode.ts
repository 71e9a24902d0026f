/**
 * What a customer's silence means, the same in every service: `recorded`: nobody asked, and it is allowed, as
 * it was before consents; `required`: nothing is done without a consent. A withdrawal counts in both.
 */
export const CONSENT_MODES = ['recorded', 'required'] as const;
export type ConsentMode = (typeof CONSENT_MODES)[number];

/** Whether something may be done under a consent, which is undefined where the customer has not said. */
export function isAllowed(mode: ConsentMode, granted: boolean | undefined): boolean {
  return granted ?? mode === 'recorded';
}
