import { buildPolicy, type Policy } from '../policy/build-policy.ts';
import type { PolicyDocument } from '../policy/policy-document.ts';

/** The documents of the active policies, by jurisdiction; `*` is every one that no other names. */
export interface ActiveDocument {
  jurisdiction: string;
  document: PolicyDocument;
}

/** Returns the choice of the active policy for a jurisdiction; null where none is active. */
export function choosePolicy(active: ActiveDocument[]): (jurisdiction: string) => Policy | null {
  const policies = new Map(
    active.map(({ jurisdiction, document }) => [jurisdiction, buildPolicy(document).policy]),
  );
  return (jurisdiction) => policies.get(jurisdiction) ?? policies.get('*') ?? null;
}
