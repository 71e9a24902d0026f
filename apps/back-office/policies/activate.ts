import type { PolicyChange } from '../../../sdk/contracts/operator-policies.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { HeldKey } from '../../../platform/idempotency/idempotency-store.ts';
import { invalid, problem } from '../../../platform/kernel/errors.ts';
import type { PolicyDocument } from '../../../underwriting/policy/policy-document.ts';
import { requirePolicy } from '../../../platform/policies/require-policy.ts';
import { wrongState } from './change-state.ts';
import { activatePolicy, type Rollback, rollBackPolicies, selectJurisdictions } from './policy-store.ts';

/**
 * Makes an approved policy the active one of jurisdictions that it names, by default of all. Returns the
 * changes, none where it was active already, and the jurisdictions that were meant. Throws AppError 409 where
 * another policy is active by now than the operator has seen.
 */
export async function activate(
  database: Pick<Database, 'query'>,
  activation: {
    version: string;
    jurisdictions: string[] | null;
    by: string;
    note: string | null;
    replaces?: readonly PolicyChange[] | undefined;
    held?: HeldKey | null;
  },
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
  if (state !== 'active' && state !== 'approved' && state !== 'retired')
    throw wrongState(version, `is ${state}: only an approved one can be active`);
  if (activation.replaces) {
    const active = await database.query((sql) => selectJurisdictions(sql, version));
    if (jurisdictions.some((jurisdiction) => !active.includes(jurisdiction)))
      throw problem('wrong_policy_state', {
        detail: 'Another policy was activated or taken back meanwhile.',
      });
  }
  return { changes: [], jurisdictions };
}

/**
 * Goes back to the policies that were active before. Of a version that is active no more where it was meant
 * nothing changes, so that a request whose response was lost can be repeated. Returns the changes and the
 * jurisdictions that were meant: without a change where no policy was active before. Throws AppError 404 for
 * a version that is not stored, 409 when none was active before anywhere, or all were changed at the same
 * moment.
 */
export async function rollBack(
  database: Pick<Database, 'query'>,
  rollback: Rollback,
): Promise<{ changes: PolicyChange[]; jurisdictions: string[] }> {
  const { version = null, jurisdictions } = rollback;
  const rows = await database.query((sql) => rollBackPolicies(sql, rollback));
  const changes = rows.filter((row) => !row.is_overtaken).map(({ is_overtaken: _, ...change }) => change);
  const changed = changes.map(({ jurisdiction }) => jurisdiction);
  const places = jurisdictions === null ? '' : ` for ${jurisdictions.join(', ')}`;
  const nothingDone = () =>
    rows.length > changes.length
      ? problem('wrong_policy_state', {
          detail: `The active policy${places} was changed at the same moment.`,
        })
      : problem('no_policy_before', { detail: `No policy was active before${places}.` });
  if (version === null) {
    if (changes.length === 0) throw nothingDone();
    return { changes, jurisdictions: jurisdictions ?? changed };
  }
  if (changes.length === 0) await requirePolicy(database, version);
  const active = await database.query((sql) => selectJurisdictions(sql, version));
  const left = active.filter((jurisdiction) => jurisdictions?.includes(jurisdiction) ?? true);
  if (changes.length === 0 && left.length > 0) throw nothingDone();
  return { changes, jurisdictions: [...changed, ...left].toSorted() };
}
