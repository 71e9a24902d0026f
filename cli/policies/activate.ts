import type { Sql } from '../../platform/data/sql.ts';
import type { PolicyDocument } from '../../underwriting/policy/policy-document.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { requirePolicy, wrongState } from './change-state.ts';
import { type ActivationChange, activatePolicy, rollBackPolicies } from './policy-store.ts';

/**
 * Makes an approved policy the active one of jurisdictions that it names, by default of all. Returns the
 * changes: none where it was active already.
 */
export async function activate(
  sql: Sql,
  activation: { version: string; jurisdictions: string[] | null; by: string; note: string | null },
): Promise<ActivationChange[]> {
  const { version } = activation;
  const stored = await requirePolicy(sql, version);
  const named = (stored.document as PolicyDocument).jurisdictions;
  const jurisdictions = activation.jurisdictions ?? named;
  const foreign = jurisdictions.filter((jurisdiction) => !named.includes(jurisdiction));
  if (foreign.length > 0) {
    throw new CliError(
      `the policy ${version} is for ${named.join(', ')}, not for ${foreign.join(', ')}`,
      EXIT.usage,
      'a document with these jurisdictions, as a version of its own',
    );
  }
  const changes = await activatePolicy(sql, { ...activation, jurisdictions });
  if (changes.length > 0) return changes;
  const { state } = await requirePolicy(sql, version);
  if (state === 'active' || state === 'approved' || state === 'retired') return [];
  const next = { draft: 'test', tested: 'propose', proposed: 'approve' }[state];
  throw wrongState(
    version,
    `is ${state}: only an approved one can be active`,
    `ecs policy ${next} ${version}`,
  );
}

/** Goes back to the policies that were active before. Throws exit code 6 when there are none. */
export async function rollBack(
  sql: Sql,
  rollback: { jurisdictions: string[] | null; by: string; note: string },
): Promise<ActivationChange[]> {
  const changes = await rollBackPolicies(sql, rollback);
  const missing = (rollback.jurisdictions ?? []).filter((jurisdiction) =>
    changes.every((change) => change.jurisdiction !== jurisdiction),
  );
  if (changes.length > 0 && missing.length === 0) return changes;
  throw new CliError(
    `no policy was active before${missing.length > 0 ? ` for ${missing.join(', ')}` : ''}`,
    EXIT.conflict,
    'ecs policy ls',
    { code: 'no_policy_before', ...(changes.length > 0 ? { data: changes } : {}) },
  );
}

/** `BR,US` or `*`. Throws a usage error for a word that is no jurisdiction. */
export function readJurisdictions(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  const jurisdictions = [...new Set(text.split(',').map((word) => word.trim()))];
  const wrong = jurisdictions.filter((word) => word !== '*' && !/^[A-Z]{2}$/.test(word));
  if (wrong.length === 0) return jurisdictions;
  throw new CliError(
    `${JSON.stringify(wrong[0])} is no jurisdiction`,
    EXIT.usage,
    "two capital letters (ISO 3166-1), or '*' for every other; with commas between them",
  );
}
