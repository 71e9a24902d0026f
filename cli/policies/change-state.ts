import type { Sql } from '../../platform/data/sql.ts';
import type { Policy } from '../../underwriting/policy/build-policy.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { isFile, loadPolicy, unknownVersion } from './load-policy.ts';
import { approvePolicy, insertPolicy, proposePolicy, recordTest, selectPolicy } from './policy-store.ts';

/** Adds a draft. Throws exit code 6 when its version has another document: a version never changes. */
export async function addDraft(sql: Sql, policy: Policy, by: string): Promise<{ isNew: boolean }> {
  if (await insertPolicy(sql, policy, by)) return { isNew: true };
  const stored = await selectPolicy(sql, policy.version);
  if (stored?.hash === policy.hash) return { isNew: false };
  throw new CliError(
    `the policy ${policy.version} is there already with another document: a version never changes`,
    EXIT.conflict,
    `give the new document a new version; ecs policy diff ${policy.version} FILE shows what differs`,
    { code: 'policy_changed' },
  );
}

/**
 * Keeps a test of a policy; a draft becomes tested by it. Returns false when the database has no policy of
 * this version and document.
 */
export function markTested(
  sql: Sql,
  policy: Pick<Policy, 'version' | 'hash'>,
  by: string,
  /** One line, and the figures behind it. */
  summary: { text: string; figures: Record<string, unknown> },
): Promise<boolean> {
  const { version, hash } = policy;
  return recordTest(sql, { version, hash, by, note: summary.text, details: JSON.stringify(summary.figures) });
}

/** Proposes a tested policy; of a file, which is added when it is new. */
export async function propose(sql: Sql, word: string, by: string, note: string): Promise<string> {
  const policy = isFile(word) ? await loadPolicy(sql, word) : null;
  if (policy) await addDraft(sql, policy, by);
  const version = policy?.version ?? word;
  if (await proposePolicy(sql, version, by, note)) return version;
  const { state } = await requirePolicy(sql, version);
  if (state === 'draft') throw wrongState(version, 'was never tested', `ecs policy test ${version}`);
  throw wrongState(version, `is ${state} already`);
}

/** Approves a proposed policy, if another operator proposed it. */
export async function approve(sql: Sql, version: string, by: string, note: string): Promise<void> {
  if (await approvePolicy(sql, version, by, note)) return;
  const { state, proposedBy } = await requirePolicy(sql, version);
  if (state === 'proposed') {
    throw new CliError(
      `${proposedBy} proposed the policy ${version}: another operator must approve it`,
      EXIT.notAllowed,
      `ecs policy approve ${version} --by ANOTHER --note WHY`,
      { code: 'four_eyes' },
    );
  }
  const isBefore = state === 'draft' || state === 'tested';
  throw wrongState(
    version,
    isBefore ? `is ${state}, not proposed` : `is ${state} already`,
    isBefore ? `ecs policy propose ${version} --note WHY` : undefined,
  );
}

export async function requirePolicy(sql: Sql, version: string) {
  const stored = await selectPolicy(sql, version);
  if (stored) return stored;
  throw await unknownVersion(sql, version);
}

export function wrongState(version: string, fault: string, hint = `ecs policy show ${version}`): CliError {
  return new CliError(`the policy ${version} ${fault}`, EXIT.conflict, hint, { code: 'wrong_policy_state' });
}
