import type { PendingQuery, Row } from 'postgres';
import type { Sql } from '../data/sql.ts';

/**
 * A value of a statement that stores facts: locks the versions of its customers' facts, in one order, once
 * the step `summed` has their daily sums. The triggers that raise the versions run later, in no fixed order.
 */
export const lockFacts = (sql: Sql, summed: PendingQuery<Row[]>) => sql`
  (select lock_fact_versions(array_agg(distinct user_id)) from ${summed})::text as locked`;
