import { selectLink, selectStored } from '../../../platform/decisions/decision-reads.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { selectDocument } from '../../../platform/policies/policy-reads.ts';
import type { DecisionExplanation, DecisionReplay } from '../../../sdk/contracts/operator-what-if.ts';
import { describeDecision } from '../../../underwriting/decision/describe-decision.ts';
import { isOfNewerEdition } from '../../../underwriting/decision/editions.ts';
import { isErasedRecord } from '../../../underwriting/decision/erase-record.ts';
import { openRecord } from '../../../underwriting/decision/open-decision.ts';
import { CHAIN_START, linkHash } from '../../../underwriting/decision/record-hash.ts';
import { isRecord, verifyDecision } from '../../../underwriting/decision/verify-decision.ts';
import type { Policy } from '../../../underwriting/policy/build-policy.ts';
import { policiesByHash } from '../../../underwriting/policy/policies-by-hash.ts';

/** Decides again from a record alone, and compares the record, its row, its hash and its link. */
export async function replayDecision(database: Database, analysisId: string): Promise<DecisionReplay> {
  const [stored, place] = await Promise.all([
    database.query((sql) => selectStored(sql, analysisId)),
    readLink(database, analysisId),
  ]);
  if (!stored) throw problem('analysis_not_found');
  const { record, recordHash } = stored;
  const chain = place && { ...place.link, fits: place.link.fits && place.recordHash === recordHash };
  if (record === null) return { analysis_id: analysisId, gap: 'no_record', differences: [], chain };
  const policyOf = isRecord(record) ? await readPolicyOf(database, record.versions.policy_hash) : () => null;
  const differences = verifyDecision(stored, policyOf).map(({ path, stored: was, computed }) => ({
    path,
    stored: was ?? null,
    computed: computed ?? null,
  }));
  return {
    analysis_id: analysisId,
    gap: gapOf(record),
    differences,
    chain,
  };
}

/** Returns why a record cannot be decided again; null where it was. */
function gapOf(record: unknown): DecisionReplay['gap'] {
  if (isErasedRecord(record)) return 'erased';
  return isRecord(record) && isOfNewerEdition(record) ? 'newer_release' : null;
}

/** Explains a stored decision. Throws AppError 409 for one without a record, or without its customer. */
export async function explainDecision(database: Database, analysisId: string): Promise<DecisionExplanation> {
  const stored = await database.query((sql) => selectStored(sql, analysisId));
  if (!stored) throw problem('analysis_not_found');
  const { record } = stored;
  if (!isRecord(record)) throw problem('decision_not_replayable');
  const policy = (await readPolicyOf(database, record.versions.policy_hash))(record.versions.policy_hash);
  if (!policy) {
    throw problem('decision_not_replayable', { detail: 'The policy that decided it is not stored.' });
  }
  return {
    analysis_id: analysisId,
    decided_at: record.decided_at,
    jurisdiction: record.jurisdiction,
    text: describeDecision(record, policy),
    decision: openRecord(record, policy),
  };
}

async function readPolicyOf(database: Database, hash: string): Promise<(hash: string) => Policy | null> {
  const document = await database.query((sql) => selectDocument(sql, hash));
  return document === null ? () => null : policiesByHash([document]);
}

/** The link of a decision, and whether it is the hash of the link before it and of its own record. */
async function readLink(database: Database, analysisId: string) {
  const link = await database.query((sql) => selectLink(sql, { analysisId }));
  if (!link) return null;
  const { position, recordHash, seal } = link;
  const before =
    position === 1 ? null : await database.query((sql) => selectLink(sql, { position: position - 1 }));
  const computed = linkHash(before?.link ?? CHAIN_START, recordHash, seal);
  return { link: { position, link: link.link, fits: link.link === computed }, recordHash };
}
