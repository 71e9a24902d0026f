import { createGroupCalls } from '../../../platform/resilience/group-calls.ts';
import { type Database, isRetryable } from '../../../platform/data/sql.ts';
import type { AnalysisRecord } from '../../../underwriting/analysis.ts';
import { featuresOf } from '../../../underwriting/decision/record.ts';
import { insertAnalyses, insertAnalysis, type NewAnalysis, type Recorded } from './record-store.ts';

/** Bounds a statement: each analysis has about 3 KB. */
const ANALYSES_PER_STATEMENT = 50;

/**
 * Records an analysis, in one statement with others of the same moment. Returns null when the customer's
 * exposure has changed, or another analysis was recorded, since the facts were read: of concurrent analyses
 * of a customer one is recorded.
 */
export function createRecordAnalysis(database: Database) {
  const recordAlone = async (analysis: NewAnalysis): Promise<AnalysisRecord | null> =>
    recordedOf(analysis, await insertAnalysis(database, analysis));

  return createGroupCalls(async (analyses: NewAnalysis[]) => {
    const firstOfCustomers = [
      ...new Map(analyses.toReversed().map((analysis) => [analysis.record.user_id, analysis])).values(),
    ];
    const recorded = await insertAnalyses(database, firstOfCustomers).catch(rejectGroup);
    // Recorded alone where the statement skipped or rejected it, so that it does not delay the others.
    return analyses.map((analysis) => recordedOf(analysis, recorded) ?? recordAlone(analysis));
  }, ANALYSES_PER_STATEMENT);
}

/** SQLSTATEs of a statement that PostgreSQL ended: a deadlock, a lock that did not come free in time. */
const ENDED_STATES = ['40P01', '57014', '55P03'];

/** Reports none as recorded where one analysis fails the statement of all, so that each is tried alone. */
function rejectGroup(error: unknown): Recorded {
  const { code } = ((error as Error).cause ?? error) as { code?: unknown };
  if (!isRetryable(error) || ENDED_STATES.includes(String(code))) return new Map();
  throw error;
}

function recordedOf({ record, reasons, offerId }: NewAnalysis, recorded: Recorded): AnalysisRecord | null {
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
    features: featuresOf(record),
    reasons,
    offer: terms && { offer_id: offerId, ...terms, expires_at: row.offerExpiresAt ?? '' },
  };
}
