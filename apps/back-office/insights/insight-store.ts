import type { Database } from '../../../platform/data/sql.ts';
import { CUSTOMERS_MIN, isPublishable } from '../../../platform/insights/disclosure.ts';

/** Each reads one index range of a rollup: as many rows as cells, however many events there are. */

export interface Period {
  from: string;
  to: string;
  /** Null: all. */
  jurisdiction: string | null;
}

interface MoodCounts {
  /** Null when no cell of the row is publishable. */
  events: number | null;
  positivity: string;
  intensity: string;
  stress: string;
}

export type MoodRow = MoodCounts & {
  day: string | null;
  weekday: number | null;
  hour: number | null;
  jurisdiction: string | null;
  /** Cells that were left out, of the whole period. */
  withheld: number;
};

/** The emotions of publishable cells, summed by day, by weekday and hour, by jurisdiction, and in total. */
export function selectMoods(database: Database, { from, to, jurisdiction }: Period): Promise<MoodRow[]> {
  return database.query(
    (sql) => sql<MoodRow[]>`
      with rows as not materialized (
        select * from emotion_rollups
        where hour >= ${from}::text::timestamp at time zone 'utc'
          and hour < (${to}::text::timestamp + interval '1 day') at time zone 'utc'
          -- The hour that runs would show each event to those who look before and after it.
          and hour < date_trunc('hour', now(), 'utc')
          and (${jurisdiction}::text is null or jurisdiction = ${jurisdiction}::text)
      ),
      -- Bits alone, so that thousands of cells fit in memory; sums are made of the rows, by few groups.
      cells as materialized (
        select hour, jurisdiction, ${isPublishable(sql, sql`customers`)} as publishable
        from rows group by hour, jurisdiction
      ),
      sums as materialized (
        select hour at time zone 'utc' as at, jurisdiction, sum(event_count) as events,
          sum(positivity) as positivity, sum(intensity) as intensity, sum(stress) as stress
        from rows
        where ((hour, jurisdiction) in (select hour, jurisdiction from cells where publishable)) is true
        group by grouping sets ((hour), (jurisdiction))
      ),
      hours as (
        select *, at::date as day, extract(isodow from at)::int as weekday, extract(hour from at)::int as hour
        from sums where at is not null
      )
      select day::text, weekday, hour, null as jurisdiction, sum(events)::float8 as events,
        sum(positivity)::text as positivity, sum(intensity)::text as intensity, sum(stress)::text as stress,
        (select count(*)::int from cells where not publishable) as withheld
      from hours group by grouping sets ((), (day), (weekday, hour))
      union all
      select null, null, null, jurisdiction, events::float8, positivity::text, intensity::text, stress::text,
        0
      from sums where at is null
      order by day, weekday, hour, jurisdiction`,
    INSIGHTS_MS,
  );
}

export interface DailyMood {
  day: string;
  jurisdiction: string;
  positivity: string;
  intensity: string;
  stress: string;
}

/** The emotions of publishable cells by day and jurisdiction. */
export function selectDailyMoods(database: Database, { from, to }: Period): Promise<DailyMood[]> {
  return database.query(
    (sql) => sql<DailyMood[]>`
      with rows as not materialized (
        select * from emotion_rollups
        where hour >= ${from}::text::timestamp at time zone 'utc'
          and hour < (${to}::text::timestamp + interval '1 day') at time zone 'utc'
      ),
      cells as materialized (
        select hour, jurisdiction from rows group by hour, jurisdiction
        having ${isPublishable(sql, sql`customers`)}
      )
      select (hour at time zone 'utc')::date::text as day, jurisdiction, sum(positivity)::text as positivity,
        sum(intensity)::text as intensity, sum(stress)::text as stress
      from rows where ((hour, jurisdiction) in (select hour, jurisdiction from cells)) is true
      group by day, jurisdiction order by day, jurisdiction`,
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
