import {
  type PolicyEvent,
  type PolicyRow,
  selectPolicies,
  selectPolicyEvents,
} from '../../platform/policies/policy-reads.ts';
import type { Policy } from '../../underwriting/policy/build-policy.ts';
import { openOperator, type OperatorFlags } from '../config/operator-session.ts';
import { compileStored, loadVersion } from './load-policy.ts';
import { resolveDatabase } from '../config/context.ts';
import { withPolicies } from './operator-flags.ts';

/** The policies of a system: of its database where that is known, else by the API as the operator. */
export async function readPolicies(flags: OperatorFlags): Promise<PolicyRow[]> {
  if (hasDatabase(flags)) return withPolicies(flags, selectPolicies);
  return (await openOperator(flags).api.policies.list()).items;
}

/** A policy with its line of the list and its story. Throws exit code 3 without it. */
export async function readPolicy(
  flags: OperatorFlags,
  version: string,
): Promise<{ policy: Policy; row: PolicyRow | null; events: PolicyEvent[] }> {
  if (hasDatabase(flags)) {
    return withPolicies(flags, async (sql) => {
      const policy = await loadVersion(sql, version);
      const [rows, events] = await Promise.all([selectPolicies(sql), selectPolicyEvents(sql, version)]);
      return { policy, row: rows.find((row) => row.version === version) ?? null, events };
    });
  }
  const { document, steps, ...row } = await openOperator(flags).api.policies.get(version);
  return { policy: compileStored({ ...row, document }), row, events: steps };
}

/** An operator who is named means the API. */
function hasDatabase(flags: OperatorFlags): boolean {
  return flags.operator === undefined && Boolean(resolveDatabase(flags).databaseUrl);
}
