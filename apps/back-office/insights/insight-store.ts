import type { Database } from '../../../platform/data/sql.ts';
import { CUSTOMERS_MIN, isPublishable } from '../../../platform/insights/disclosure.ts';

/** Each reads one index range of a rollup: as many rows as cells, however many events there are. */

export interface Period {
  from: string;
  to: string;
  /** Null: all. */
  jurisdiction: string | null;
}

/** Emotions of publishable cells, of an hour or of a jurisdiction on a day; or the number of the others. */
interface MoodRow {
  day: string;
  hour: number | null;
  jurisdiction: string | null;
  withheld: number;
  events: number;
  positivity: string;
  intensity: string;
  stress: string;
}

export function selectMoods(database: Database, { from, to, jurisdiction }: Period): Promise<MoodRow[]> {
  return database.query(
    (sql) => sql<MoodRow[]>`
      with rows as not materialized (
        select *, (hour at time zone 'utc')::date as day from emotion_rollups
        where hour >= ${from}::text::timestamp at time zone 'utc'
          and hour < (${to}::text::timestamp + interval '1 day') at time zone 'utc'
          -- The hour that runs would show each event to those who look before and after it.
          and hour < date_trunc('hour', now(), 'utc')
          and (${jurisdiction}::text is null or jurisdiction = ${jurisdiction}::text)
      ),
      -- Bits alone, so that thousands of cells fit in memory; sums are made of the rows, by few groups.
      cells as materialized (
        select hour, day, jurisdiction, ${isPublishable(sql, sql`customers`)} as publishable
        from rows group by hour, day, jurisdiction
      )
      select day::text, extract(hour from hour at time zone 'utc')::int as hour, jurisdiction, 0 as withheld,
        sum(event_count)::float8 as events, sum(positivity)::text as positivity,
        sum(intensity)::text as intensity, sum(stress)::text as stress
      from rows
      where ((hour, jurisdiction) in (select hour, jurisdiction from cells where publishable)) is true
      group by grouping sets ((day, hour), (day, jurisdiction))
      union all
      select day::text, null, null, count(*)::int, 0, '0', '0', '0'
      from cells where not publishable group by day`,
    INSIGHTS_MS,
  );
}

export interface DecisionCell {
  /** The Monday of a week, or a day. */
  start: string;
  jurisdiction: string;
  figure: 'stage' | 'limit' | 'rate' | 'effect' | 'reason';
  part: string;
  customers: number;
  /** Of a small cell, to join it with others. */
  bits: string | null;
  count: number;
  /** Of this and the above: see `countsOf`. */
  histogram: string;
}

/** Every cell of decisions, small ones as well: the caller withholds them. */
export function selectDecisionCells(
  database: Database,
  grid: 'week' | 'day',
  { from, to, jurisdiction }: Period,
): Promise<DecisionCell[]> {
  return database.query(
    (sql) => sql<DecisionCell[]>`
      select date_trunc(${grid}, day::timestamp)::date::text as start, jurisdiction, figure, part,
        bit_count(bit_or(customers))::int as customers,
        case when bit_count(bit_or(customers)) < ${CUSTOMERS_MIN} then bit_or(customers)::text end as bits,
        sum(occurrences)::float8 as count, sum(histogram)::text as histogram
      from decision_rollups
      where day >= ${from}::text::date and day <= ${to}::text::date
        and (${jurisdiction}::text is null or jurisdiction = ${jurisdiction}::text)
      group by start, jurisdiction, figure, part
      order by start, jurisdiction, figure, part`,
    INSIGHTS_MS,
  );
}

const INSIGHTS_MS = 2000;
