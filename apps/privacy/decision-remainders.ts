import type { Database, Sql } from '../../platform/data/sql.ts';
import { columnsOfErased, eraseRecord } from '../../underwriting/decision/erase-record.ts';
import type { DecisionRecord } from '../../underwriting/decision/record.ts';
import { isRecord } from '../../underwriting/decision/verify-decision.ts';

export interface DecisionRow {
  id: string;
  record: unknown;
  reasons: Record<string, unknown>[];
  risk_score: number;
}

/** The columns of a `DecisionRow`. */
export const decisionColumns = (sql: Sql) => sql`id, record, reasons, risk_score`;

/** Takes customer and emotions out of decisions, each once, and the customer out of their closed limits. */
export async function updateToRemainders(database: Database, rows: DecisionRow[]): Promise<void> {
  const remainders = JSON.stringify(rows.map(remainderOf));
  await database.query(
    (sql) => sql`
      with limits as (
        update credit_limits set user_id = null
        where status in ('expired', 'closed') and id in (
          select offer_id from credit_analyses where id = any (${rows.map(({ id }) => id)}::uuid[]))
      )
      update credit_analyses as decision set
        user_id = null, trace_id = null, erased_at = now(), record = remainder.record,
        features = remainder.features, contributions = remainder.contributions,
        reasons = remainder.reasons, recourse = remainder.recourse, risk_score = remainder.risk_score
      from jsonb_to_recordset(${remainders}::text::jsonb) as remainder (id uuid, record jsonb,
        features jsonb, contributions jsonb, reasons jsonb, recourse jsonb, risk_score float8)
      where decision.id = remainder.id and decision.user_id is not null`,
  );
}

function remainderOf({ id, record, reasons, risk_score }: DecisionRow) {
  const codes = reasons.map(({ code, message }) => ({ code, message }));
  // Decided before records were kept: nothing tells which values are of emotions.
  if (!isRecord(record)) {
    return { id, record: null, features: {}, contributions: {}, reasons: codes, recourse: null, risk_score };
  }
  const remainder = eraseRecord(record);
  const columns = columnsOfErased(remainder);
  return {
    id,
    record: remainder,
    features: columns['/features'],
    contributions: columns['/contributions'],
    reasons: withMessages(remainder.reasons, codes, record),
    recourse: columns['/recourse'],
    risk_score: columns['/risk_score'],
  };
}

function withMessages(
  reasons: { code: string }[],
  codes: { message: unknown }[],
  { basis }: DecisionRecord,
): object[] {
  return reasons.map((reason, index) => ({
    ...(basis === 'full' ? { code: reason.code } : reason),
    message: codes[index]?.message,
  }));
}
