import { selectStored } from '../../../platform/decisions/decision-reads.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { invalid, problem } from '../../../platform/kernel/errors.ts';
import { selectDocument } from '../../../platform/policies/policy-reads.ts';
import { requirePolicy } from '../../../platform/policies/require-policy.ts';
import { createAdmission } from '../../../platform/resilience/admission.ts';
import { createQuota, requireQuota } from '../../../platform/resilience/quota.ts';
import type { WhatIf, WhatIfRequest } from '../../../sdk/contracts/operator-what-if.ts';
import { gapOf } from '../../../underwriting/decision/backtest.ts';
import { openRecord } from '../../../underwriting/decision/open-decision.ts';
import { isRecord } from '../../../underwriting/decision/verify-decision.ts';
import { decideWhatIf, idleFeatures } from '../../../underwriting/decision/what-if.ts';
import type { Policy } from '../../../underwriting/policy/build-policy.ts';
import { compileStoredPolicy } from '../../../underwriting/policy/compile-policy.ts';
import { policiesByHash } from '../../../underwriting/policy/policies-by-hash.ts';
import type { FeatureVector } from '../../../underwriting/risk-model.ts';
import type { SharedRiskModel } from './risk-model.ts';

/** Per operator: enough for a slider that is dragged, too little for a script. */
const QUOTA = { perSecond: 2, burst: 20 };
/** Per process; more are rejected at once. */
const AT_ONCE = 4;
const EXPLAIN_MS = 400;

/**
 * Decides on a recorded application with other values, or by another policy, and stores nothing. The model is
 * asked in slots that no customer needs.
 */
export function createWhatIf({
  database,
  riskModel,
}: {
  database: Database;
  riskModel: Pick<SharedRiskModel, 'assessSpare'>;
}) {
  const quota = createQuota(QUOTA);
  const admission = createAdmission(AT_ONCE);

  return (analysisId: string, operator: string, request: WhatIfRequest): Promise<WhatIf> => {
    requireQuota(quota, operator);
    return admission.run('high', async () => {
      const stored = await database.query((sql) => selectStored(sql, analysisId));
      if (!stored) throw problem('analysis_not_found');
      const { record } = stored;
      if (!isRecord(record)) throw problem('decision_not_replayable');
      const decidedBy = await readPolicyOf(database, record.versions.policy_hash);
      if (!decidedBy) throw problem('decision_not_replayable', { detail: GAPS.unknown_policy });
      const policy =
        request.policy_version === undefined
          ? decidedBy
          : await requireVersion(database, request.policy_version);
      const policyOf = (hash: string) => (hash === decidedBy.hash ? decidedBy : null);
      const gap = gapOf(policy, record, policyOf);
      if (gap !== null && gap !== 'emotions_not_read') {
        throw problem('decision_not_replayable', { detail: GAPS[gap] });
      }
      const supposition = { policy, features: request.features ?? {} };
      requireEffect(idleFeatures(record, supposition));
      const ask = (vectors: FeatureVector[], signal?: AbortSignal) =>
        riskModel.assessSpare(vectors, { names: policy.modelNames, ...(signal ? { signal } : {}) });
      let signal: AbortSignal | undefined;
      const changed = await decideWhatIf(record, supposition, {
        ask,
        askAgain: (vectors) => ask(vectors, (signal ??= AbortSignal.timeout(EXPLAIN_MS))),
      });
      return { original: openRecord(record, decidedBy), changed };
    });
  };
}

const GAPS = {
  no_record: 'It was decided before records were kept.',
  overridden: 'An operator decided it in place of a denial: no policy gives its terms.',
  unknown_policy: 'The policy that decided it is not stored.',
  other_sources: 'Facts of other sources would count by that policy: they are not in the record.',
};

async function readPolicyOf(database: Database, hash: string): Promise<Policy | null> {
  const document = await database.query((sql) => selectDocument(sql, hash));
  return document === null ? null : policiesByHash([document])(hash);
}

async function requireVersion(database: Database, version: string): Promise<Policy> {
  const { document } = await requirePolicy(database, version);
  return compileStoredPolicy(document);
}

function requireEffect(idle: string[]): void {
  if (idle.length === 0) return;
  throw invalid(
    idle.map((name) => ({
      path: `/body/features/${name}`,
      message: 'cannot count: the effect of emotions is off for this decision',
    })),
  );
}
