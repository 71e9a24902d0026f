import { createGroupCalls } from '../../../platform/resilience/group-calls.ts';
import { type Database, isRetryable } from '../../../platform/data/sql.ts';
import type { AnalysisRecord } from '../../../underwriting/analysis.ts';
import { insertAnalyses, insertAnalysis, type NewAnalysis, type Recorded } from './record-store.ts';

/** About 3 KB each. */
const ANALYSES_PER_STATEMENT = 50;

/**
 * Records an analysis, in one statement with others of the same moment; returns null when the customer's
 * exposure has changed, or another analysis was recorded, since the facts were read: of several analyses at
 * the same time one is recorded.
 */
export function createRecordAnalysis(database: Database) {
  const recordAlone = async (analysis: NewAnalysis): Promise<AnalysisRecord | null> =>
    recordedOf(analysis, await insertAnalysis(database, analysis));

  return createGroupCalls(async (analyses: NewAnalysis[]) => {
    const firstOfCustomers = [
      ...new Map(analyses.toReversed().map((analysis) => [analysis.record.user_id, analysis])).values(),
    ];
    const recorded = await insertAnalyses(database, firstOfCustomers).catch(rejectGroup);
    // An analysis that has to wait for its customer's exposure, or that cannot be stored, holds up no other.
    return analyses.map((analysis) => recordedOf(analysis, recorded) ?? recordAlone(analysis));
  }, ANALYSES_PER_STATEMENT);
}

/** PostgreSQL ended the statement: a deadlock, a lock that was waited for too long. */
const ENDED_STATES = ['40P01', '57014', '55P03'];

/** One analysis can fail the statement of all, by its data or by a lock: then each is tried alone. */
function rejectGroup(error: unknown): Recorded {
  const { code } = ((error as Error).cause ?? error) as { code?: unknown };
  if (!isRetryable(error) || ENDED_STATES.includes(String(code))) return new Map();
  throw error;
}

function recordedOf(
  { record, features, reasons, offerId }: NewAnalysis,
  recorded: Recorded,
): AnalysisRecord | null {
  const row = recorded.get(record.analysis_id);
  if (!row) return null;
  const { prediction } = record[record.basis] ?? record.twin;
  const { terms } = record;
  return {
    id: record.analysis_id,
    approved: record.approved,
    riskScore: prediction.risk_score,
    modelVersion: prediction.model_version,
    policyVersion: record.versions.policy,
    features,
    reasons,
    offer: terms && { offer_id: offerId, ...terms, expires_at: row.offerExpiresAt ?? '' },
  };
}
