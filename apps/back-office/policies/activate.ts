import type { PolicyChange } from '../../../sdk/contracts/operator-policies.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { invalid, problem } from '../../../platform/kernel/errors.ts';
import type { PolicyDocument } from '../../../underwriting/policy/policy-document.ts';
import { requirePolicy } from '../../../platform/policies/require-policy.ts';
import { wrongState } from './change-state.ts';
import { activatePolicy, type Rollback, rollBackPolicies } from './policy-store.ts';

/**
 * Makes an approved policy the active one of jurisdictions that it names, by default of all. Returns the
 * changes, none where it was active already, and the jurisdictions that were meant.
 */
export async function activate(
  database: Pick<Database, 'query'>,
  activation: { version: string; jurisdictions: string[] | null; by: string; note: string | null },
): Promise<{ changes: PolicyChange[]; jurisdictions: string[] }> {
  const { version } = activation;
  const stored = await requirePolicy(database, version);
  const named = (stored.document as PolicyDocument).jurisdictions;
  const jurisdictions = activation.jurisdictions ?? named;
  const foreign = jurisdictions.filter((jurisdiction) => !named.includes(jurisdiction));
  if (foreign.length > 0) {
    const message = `the policy ${version} is for ${named.join(', ')}, not for ${foreign.join(', ')}`;
    throw invalid([{ path: '/body/jurisdictions', message }]);
  }
  const changes = await database.query((sql) => activatePolicy(sql, { ...activation, jurisdictions }));
  if (changes.length > 0) return { changes: [...changes], jurisdictions };
  const { state } = await requirePolicy(database, version);
  if (state === 'active' || state === 'approved' || state === 'retired')
    return { changes: [], jurisdictions };
  throw wrongState(version, `is ${state}: only an approved one can be active`);
}

/**
 * Goes back to the policies that were active before. Of a version that is active no more nothing changes, so
 * that a request whose response was lost can be repeated. Throws AppError 404 for a version that is not
 * stored, 409 when no policy was active before.
 */
export async function rollBack(
  database: Pick<Database, 'query'>,
  rollback: Rollback,
): Promise<PolicyChange[]> {
  const { version = null, jurisdictions } = rollback;
  const changes = await database.query((sql) => rollBackPolicies(sql, rollback));
  if (changes.length > 0) return [...changes];
  if (version !== null && (await requirePolicy(database, version)).state !== 'active') return [];
  const places = jurisdictions === null ? '' : ` for ${jurisdictions.join(', ')}`;
  throw problem('no_policy_before', { detail: `No policy was active before${places}.` });
}
