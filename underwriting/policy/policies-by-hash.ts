import { buildPolicy, type Policy } from './build-policy.ts';
import type { PolicyDocument } from './policy-document.ts';

/**
 * Returns the policies of documents by the hashes that these have: not by those that are claimed of them. A
 * document that is none of a policy, as SQL could leave one, keeps nobody from the others.
 */
export function policiesByHash(documents: readonly unknown[]): (hash: string) => Policy | null {
  const policies = new Map(
    documents.flatMap((document) => {
      const policy = buildOrNull(document);
      return policy ? [[policy.hash, policy]] : [];
    }),
  );
  return (hash) => policies.get(hash) ?? null;
}

function buildOrNull(document: unknown): Policy | null {
  try {
    return buildPolicy(document as PolicyDocument).policy;
  } catch {
    return null;
  }
}
