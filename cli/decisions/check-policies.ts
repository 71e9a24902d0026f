import type { Sql } from '../../platform/data/sql.ts';
import type { Finding } from '../../underwriting/decision/verify-decision.ts';
import { buildPolicy, type Policy } from '../../underwriting/policy/build-policy.ts';
import type { PolicyDocument } from '../../underwriting/policy/policy-document.ts';

/** Compares each stored policy with its document and its history: a row that was changed by hand differs. */
export async function checkPolicies(sql: Sql): Promise<Finding[]> {
  const rows = await sql<PolicyRow[]>`
    select policies.version, document, hash, state,
      created_by as "createdBy", policies.created_at::text as "createdAt",
      proposed_by as "proposedBy", approved_by as "approvedBy",
      exists (select from policy_activations a where a.version = policies.version) as "isActive",
      added.actor as "addedBy", added.at as "addedAt",
      ${lastActor(sql, 'propose')} as "lastProposer", ${lastActor(sql, 'approve')} as "lastApprover"
    from policies left join lateral (
      select actor, created_at::text as at from policy_events
      where policy_events.version = policies.version and act = 'add' order by id limit 1
    ) as added on true
    order by policies.version`;
  return rows.flatMap((row): Finding[] => {
    const policy = policyOf(row.document);
    const path = `/policies/${row.version}`;
    if (policy instanceof Error) {
      const computed = `no policy: ${policy.message}`;
      return [{ rowId: '', path: `${path}/document`, stored: row.document, computed }];
    }
    const isShipped = row.addedBy === 'ecs';
    const values: [column: string, stored: unknown, computed: unknown][] = [
      ['version', row.version, policy.version],
      ['hash', row.hash, policy.hash],
      ['state', row.state === 'active', row.isActive],
      ['created_by', row.createdBy, row.addedBy],
      ['created_at', row.createdAt, row.addedAt],
      ['proposed_by', row.proposedBy, row.lastProposer],
      ['approved_by', row.approvedBy, row.lastApprover ?? (isShipped ? 'ecs' : null)],
    ];
    return values
      .filter(([, stored, computed]) => stored !== computed)
      .map(([column, stored, computed]) => ({
        rowId: '',
        path: `${path}/${column}`,
        stored,
        computed,
      }));
  });
}

/** Returns the policy of a document, or why it is invalid: SQL can store any value. */
function policyOf(document: unknown): Policy | Error {
  try {
    return buildPolicy(document as PolicyDocument).policy;
  } catch (error) {
    return error as Error;
  }
}

interface PolicyRow {
  version: string;
  document: unknown;
  hash: string;
  state: string;
  createdBy: string;
  createdAt: string;
  proposedBy: string | null;
  approvedBy: string | null;
  isActive: boolean;
  addedBy: string | null;
  addedAt: string | null;
  lastProposer: string | null;
  lastApprover: string | null;
}

const lastActor = (sql: Sql, act: string) => sql`(
  select actor from policy_events made where made.version = policies.version and act = ${act}
  order by id desc limit 1)`;
