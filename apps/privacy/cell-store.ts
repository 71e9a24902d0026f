import type { Database } from '../../platform/data/sql.ts';
import { CUSTOMERS_MIN } from '../../platform/insights/disclosure.ts';

/**
 * The small cells of the population's rollups: a customer could be found in them. In larger ones nobody can,
 * and taking one out would show the difference.
 */

/** Deletes the small cells that a customer may be in; call it before events and decisions go. */
export async function deleteSmallCellsOf(database: Database, userId: string): Promise<number> {
  const [row] = await database.query(
    (sql) => sql<{ count: number }[]>`
      with hours as (
        select hour, jurisdiction from emotion_rollups
        where hour in (select date_trunc('hour', occurred_at, 'utc') from emotional_events
          where user_id = ${userId})
        group by hour, jurisdiction
        having bit_count(bit_or(customers)) < ${CUSTOMERS_MIN}
          and bit_count(bit_or(customers) & customer_bit(${userId}::uuid)) = 1
      ),
      of_emotions as (
        delete from emotion_rollups where (hour, jurisdiction) in (select hour, jurisdiction from hours)
        returning 1
      ),
      days as (
        select day, jurisdiction, figure, part from decision_rollups
        where day in (select (created_at at time zone 'utc')::date from credit_analyses
          where user_id = ${userId})
        group by day, jurisdiction, figure, part
        having bit_count(bit_or(customers)) < ${CUSTOMERS_MIN}
          and bit_count(bit_or(customers) & customer_bit(${userId}::uuid)) = 1
      ),
      of_decisions as (
        delete from decision_rollups
        where (day, jurisdiction, figure, part) in (select day, jurisdiction, figure, part from days)
        returning 1
      )
      select ((select count(*) from of_emotions) + (select count(*) from of_decisions))::int as count`,
  );
  return row?.count ?? 0;
}

/** Deletes the cells of old hours and days, and after fewer months those that are small. */
export async function deleteOldCells(
  database: Database,
  months: number,
  smallMonths: number,
): Promise<number> {
  const [row] = await database.query(
    (sql) => sql<{ count: number }[]>`
      with hours as (
        select hour, jurisdiction from emotion_rollups
        where hour < now() - make_interval(months => ${Math.min(months, smallMonths)})
        group by hour, jurisdiction
        having hour < now() - make_interval(months => ${months})
          or bit_count(bit_or(customers)) < ${CUSTOMERS_MIN}
        limit ${CELLS_PER_STATEMENT}
      ),
      of_emotions as (
        delete from emotion_rollups where (hour, jurisdiction) in (select hour, jurisdiction from hours)
        returning 1
      ),
      days as (
        select day, jurisdiction, figure, part from decision_rollups
        where day < (now() - make_interval(months => ${Math.min(months, smallMonths)}))::date
        group by day, jurisdiction, figure, part
        having day < (now() - make_interval(months => ${months}))::date
          or bit_count(bit_or(customers)) < ${CUSTOMERS_MIN}
        limit ${CELLS_PER_STATEMENT}
      ),
      of_decisions as (
        delete from decision_rollups
        where (day, jurisdiction, figure, part) in (select day, jurisdiction, figure, part from days)
        returning 1
      )
      select ((select count(*) from of_emotions) + (select count(*) from of_decisions))::int as count`,
  );
  return row?.count ?? 0;
}

const CELLS_PER_STATEMENT = 2000;
