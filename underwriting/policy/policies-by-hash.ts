import { buildPolicy, type Policy } from './build-policy.ts';
import type { PolicyDocument } from './policy-document.ts';

/** Returns the policies of documents by the hashes that these have: not by those that are claimed of them. */
export function policiesByHash(documents: readonly unknown[]): (hash: string) => Policy | null {
  const policies = new Map(
    documents.map((document) => {
      const { policy } = buildPolicy(document as PolicyDocument);
      return [policy.hash, policy];
    }),
  );
  return (hash) => policies.get(hash) ?? null;
}
