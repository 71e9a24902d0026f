import { buildPolicy, type Policy } from './build-policy.ts';
import type { PolicyDocument } from './policy-document.ts';

/**
 * Returns the policies by the hashes of their documents, computed here and not read from the rows. An invalid
 * document, as SQL could leave one, is skipped.
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
