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
  /** Cells that were left out. */
  withheld: number;
};

/** The emotions of publishable cells, summed by day, by weekday and hour, by jurisdiction, and in total. */
export function selectMoods(database: Database, { from, to, jurisdiction }: Period): Promise<MoodRow[]> {
  return database.query(
    (sql) => sql<MoodRow[]>`
      with cells as (
        select hour at time zone 'utc' as at, jurisdiction,
          ${isPublishable(sql, sql`customers`)} as publishable,
          sum(event_count) as events, sum(positivity) as positivity, sum(intensity) as intensity,
          sum(stress) as stress
        from emotion_rollups
        where hour >= ${from}::text::timestamp at time zone 'utc'
          and hour < (${to}::text::timestamp + interval '1 day') at time zone 'utc'
          -- The hour that runs would show each event to those who look before and after it.
          and hour < date_trunc('hour', now(), 'utc')
          and (${jurisdiction}::text is null or jurisdiction = ${jurisdiction}::text)
        group by emotion_rollups.hour, jurisdiction
      ),
      places as (
        select *, at::date as day, extract(isodow from at)::int as weekday, extract(hour from at)::int as hour
        from cells
      )
      select day::text, weekday, hour, jurisdiction,
        (count(*) filter (where not publishable))::int as withheld,
        (sum(events) filter (where publishable))::float8 as events,
        (sum(positivity) filter (where publishable))::text as positivity,
        (sum(intensity) filter (where publishable))::text as intensity,
        (sum(stress) filter (where publishable))::text as stress
      from places
      group by grouping sets ((), (day), (weekday, hour), (jurisdiction))
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
      with cells as materialized (
        select (hour at time zone 'utc')::date as day, jurisdiction, sum(positivity) as positivity,
          sum(intensity) as intensity, sum(stress) as stress
        from emotion_rollups
        where hour >= ${from}::text::timestamp at time zone 'utc'
          and hour < (${to}::text::timestamp + interval '1 day') at time zone 'utc'
        group by hour, jurisdiction having ${isPublishable(sql, sql`customers`)}
      )
      select day::text, jurisdiction, sum(positivity)::text as positivity,
        sum(intensity)::text as intensity, sum(stress)::text as stress
      from cells group by day, jurisdiction order by day, jurisdiction`,
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
