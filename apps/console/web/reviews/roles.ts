/** The roles that see reviews. */
export const REVIEW_ROLES = ['operator', 'auditor'] as const;
