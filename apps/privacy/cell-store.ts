import type { Database, Sql } from '../../platform/data/sql.ts';
import { CUSTOMERS_MIN } from '../../platform/insights/disclosure.ts';

/**
 * The small cells of the population's rollups: a customer could be found in them. In larger ones nobody can,
 * and taking one out would show the difference.
 */

/** Deletes the small cells that a customer may be in; call it before events and decisions go. */
export const deleteSmallCellsOf = (database: Database, userId: string): Promise<number> =>
  deleteCells(
    database,
    (sql) => sql`
      where hour in (select date_trunc('hour', occurred_at, 'utc') from emotional_events
        where user_id = ${userId})
      group by hour, jurisdiction
      having ${mayHold(sql, userId)}`,
    (sql) => sql`
      where day in (select (created_at at time zone 'utc')::date from credit_analyses
        where user_id = ${userId})
      group by day, jurisdiction, figure, part
      having ${mayHold(sql, userId)}`,
  );

/** Deletes the cells of old hours and days, and after fewer months those that are small. */
export const deleteOldCells = (database: Database, months: number, smallMonths: number): Promise<number> =>
  deleteCells(
    database,
    (sql) => sql`
      where hour < now() - make_interval(months => ${Math.min(months, smallMonths)})
      group by hour, jurisdiction
      having hour < now() - make_interval(months => ${months}) or ${isSmall(sql)}
      limit ${CELLS_PER_STATEMENT}`,
    (sql) => sql`
      where day < (now() - make_interval(months => ${Math.min(months, smallMonths)}))::date
      group by day, jurisdiction, figure, part
      having day < (now() - make_interval(months => ${months}))::date or ${isSmall(sql)}
      limit ${CELLS_PER_STATEMENT}`,
  );

const CELLS_PER_STATEMENT = 2000;

const isSmall = (sql: Sql) => sql`bit_count(bit_or(customers)) < ${CUSTOMERS_MIN}`;

const mayHold = (sql: Sql, userId: string) => sql`
  ${isSmall(sql)} and bit_count(bit_or(customers) & customer_bit(${userId}::uuid)) = 1`;

type Condition = (sql: Sql) => ReturnType<Sql>;

/** Deletes the cells of both rollups that are left by these conditions; returns the number of rows. */
async function deleteCells(
  database: Database,
  ofEmotions: Condition,
  ofDecisions: Condition,
): Promise<number> {
  const [row] = await database.query(
    (sql) => sql<{ count: number }[]>`
      with emotions as (
        delete from emotion_rollups where (hour, jurisdiction) in
          (select hour, jurisdiction from emotion_rollups ${ofEmotions(sql)})
        returning 1
      ),
      decisions as (
        delete from decision_rollups where (day, jurisdiction, figure, part) in
          (select day, jurisdiction, figure, part from decision_rollups ${ofDecisions(sql)})
        returning 1
      )
      select ((select count(*) from emotions) + (select count(*) from decisions))::int as count`,
  );
  return row?.count ?? 0;
}
