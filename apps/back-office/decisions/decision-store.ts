import { isoMillis } from '../../../platform/data/iso-time.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { RecordedDecision } from '../../../sdk/contracts/operator-decisions.ts';

/** Returns a decision with its record and its place in the chain; null without one. */
export async function selectDecision(
  database: Database,
  analysisId: string,
): Promise<RecordedDecision | null> {
  const [row] = await database.query(
    (sql) => sql<RecordedDecision[]>`
      select a.id as analysis_id, user_id,
        ${isoMillis(sql, 'created_at')} as created_at,
        approved, risk_score, model_version, policy_version, jurisdiction, reasons, record, a.record_hash,
        case when position is null then null
          else jsonb_build_object('position', position, 'link', link) end as chain
      from credit_analyses a left join credit_analysis_chain chain on chain.analysis_id = a.id
      where a.id = ${analysisId}`,
  );
  return row ?? null;
}
