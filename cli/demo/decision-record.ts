import type { Sql } from '../../platform/data/sql.ts';
import { sameFeatures } from '../../underwriting/feature-vector.ts';
import type { DecisionRecord } from '../../underwriting/decision/record.ts';

/** The record of a decision, which an operator reads from the database; null for one without a record. */
export async function selectRecord(sql: Sql, analysisId: string): Promise<DecisionRecord | null> {
  const [row] = await sql<{ record: DecisionRecord | null }[]>`
    select record from credit_analyses where id = ${analysisId}`;
  return row?.record ?? null;
}

/** Describes the outcome that did not count, with or without emotions; null for a customer without any. */
export function describeOtherOutcome(record: DecisionRecord): string | null {
  const { basis, twin, full, outcomes, effect } = record;
  if (!full || !outcomes.full) return `emotions are not read: their effect is ${effect.applied}`;
  if (sameFeatures(full.features, twin.features)) return null;
  const isTwin = basis === 'twin';
  const { risk_score } = (isTwin ? full : twin).prediction;
  const { approved } = isTwin ? outcomes.full : outcomes.twin;
  const outcome = `risk score ${risk_score}, ${approved ? 'approved' : 'denied'}`;
  return isTwin
    ? `with the emotions: ${outcome}; ${effect.applied} leaves them out`
    : `without the emotions: ${outcome}; ${effect.applied} lets them count`;
}
