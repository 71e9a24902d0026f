import type { Database } from '../../../platform/data/sql.ts';
import { type AppError, invalid, problem } from '../../../platform/kernel/errors.ts';
import { requirePolicy } from '../../../platform/policies/require-policy.ts';
import type { Policy } from '../../../underwriting/policy/build-policy.ts';
import { splitFault } from '../../../underwriting/policy/check-policy.ts';
import { faultsOfTexts } from '../../../underwriting/policy/check-values.ts';
import { approvePolicy, insertPolicy, proposePolicy, recordTest } from './policy-store.ts';

/** More of them are of a document that is something else altogether: 64 KiB may have 25,000. */
const FAULTS_MAX = 100;

/** The first faults of a policy's compiler, in a part of a request. */
export function faultsIn(part: string, faults: string[]): AppError {
  return invalid(
    faults
      .slice(0, FAULTS_MAX)
      .map(splitFault)
      .map(({ place, fault }) => ({
        path: `${part}${place === '/' ? '' : place}`,
        message: fault,
      })),
  );
}

/** Adds a draft. Throws AppError 409 when its version has another document: a version never changes. */
export async function addDraft(
  database: Pick<Database, 'query'>,
  policy: Policy,
  by: string,
): Promise<{ version: string; hash: string; is_new: boolean }> {
  const { version, hash } = policy;
  if (await database.query((sql) => insertPolicy(sql, policy, by))) return { version, hash, is_new: true };
  const stored = await requirePolicy(database, version);
  if (stored.hash === hash) return { version, hash, is_new: false };
  throw problem('policy_changed', {
    detail: `The policy ${version} is there already with another document: a version never changes.`,
  });
}

/**
 * Keeps a test of a policy; a draft becomes tested by it. Throws AppError 422 for figures that cannot be
 * kept, 404 when there is no policy of this version and document.
 */
export async function markTested(
  database: Pick<Database, 'query'>,
  test: { version: string; hash: string; by: string; note: string; figures: Record<string, unknown> },
): Promise<void> {
  const { figures, ...step } = test;
  const faults = faultsOfTexts(figures);
  if (faults.length > 0) throw faultsIn('/body/figures', faults);
  const details = JSON.stringify(figures);
  if (await database.query((sql) => recordTest(sql, { ...step, details }))) return;
  await requirePolicy(database, test.version);
  throw problem('policy_changed', {
    detail: `The policy ${test.version} has another document than was tested.`,
  });
}

/** Proposes a tested policy. */
export async function propose(
  database: Pick<Database, 'query'>,
  version: string,
  by: string,
  note: string,
): Promise<void> {
  if (await database.query((sql) => proposePolicy(sql, version, by, note))) return;
  const { state } = await requirePolicy(database, version);
  throw wrongState(version, state === 'draft' ? 'was never tested' : `is ${state} already`);
}

/** Approves a proposed policy, if another operator proposed it. */
export async function approve(
  database: Pick<Database, 'query'>,
  version: string,
  by: string,
  note: string,
): Promise<void> {
  if (await database.query((sql) => approvePolicy(sql, version, by, note))) return;
  const { state, proposedBy } = await requirePolicy(database, version);
  if (state === 'proposed') {
    throw problem('four_eyes', {
      detail: `${proposedBy} proposed the policy ${version}: another operator must approve it.`,
    });
  }
  const isBefore = state === 'draft' || state === 'tested';
  throw wrongState(version, isBefore ? `is ${state}, not proposed` : `is ${state} already`);
}

export function wrongState(version: string, fault: string): AppError {
  return problem('wrong_policy_state', { detail: `The policy ${version} ${fault}.` });
}
