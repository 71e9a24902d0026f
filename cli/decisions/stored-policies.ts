import type { Sql } from '../../platform/data/sql.ts';
import { buildPolicy, type Policy } from '../../underwriting/policy/build-policy.ts';
import type { PolicyDocument } from '../../underwriting/policy/policy-document.ts';

/** Reads every stored policy, by the hash that its document has now: not by the one that its row claims. */
export async function readPolicies(sql: Sql): Promise<(hash: string) => Policy | null> {
  const rows = await sql<{ document: PolicyDocument }[]>`select document from policies`;
  const policies = new Map(
    rows.map(({ document }) => {
      const { policy } = buildPolicy(document);
      return [policy.hash, policy];
    }),
  );
  return (hash) => policies.get(hash) ?? null;
}
