/**
 * The roles of operators: `viewer` reads; `operator` keeps the system running (dead letters, closings,
 * reviews); `risk` drafts, tests and proposes policies; `approver` approves and activates them; `auditor`
 * reads the audit log. Each of them may also do what is the viewer's.
 */
export const OPERATOR_ROLES = ['viewer', 'operator', 'risk', 'approver', 'auditor'] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

export const isOperatorRole = (text: unknown): text is OperatorRole =>
  OPERATOR_ROLES.includes(text as OperatorRole);

/** Whether an operator with these roles may use what one of the needed roles opens. */
export function isOpenTo(needed: readonly OperatorRole[], roles: readonly OperatorRole[]): boolean {
  return roles.some((role) => needed.includes('viewer') || needed.includes(role));
}
