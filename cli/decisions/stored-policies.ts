import type { Sql } from '../../platform/data/sql.ts';
import { selectDocuments } from '../../platform/policies/policy-reads.ts';
import type { Policy } from '../../underwriting/policy/build-policy.ts';
import { policiesByHash } from '../../underwriting/policy/policies-by-hash.ts';

/** Reads every stored policy, by the hash that its document has now: not by the one that its row claims. */
export async function readPolicies(sql: Sql): Promise<(hash: string) => Policy | null> {
  return policiesByHash(await selectDocuments(sql));
}
