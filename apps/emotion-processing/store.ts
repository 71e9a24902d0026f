import type { EmotionMessage } from '../../platform/messaging/event-topics.ts';
import type { Database, Sql } from '../../platform/data/sql.ts';
import type { ConsentMode } from '../../platform/kernel/consent-mode.ts';
import { lockFacts } from '../../platform/consuming/lock-facts.ts';
import { isIdStored, isInAnotherMonth, monthsOfEvent } from '../../platform/consuming/other-months.ts';
import type { Difference } from '../../platform/consuming/store-events.ts';
import { STRESS_LEVEL_MIN } from '../../underwriting/daily-facts.ts';
import { countEmotions } from './rollup-store.ts';

/**
 * Stores the events that are new and adds exactly those to the daily sums and to the rollups of the
 * population, in one statement: a redelivered event changes nothing, and of two with one id the first is
 * stored. Sorted, so that two workers take the same locks in the same order. Returns how many were new.
 */
export async function insertEmotions(
  database: Database,
  rows: EmotionMessage[],
  mode: ConsentMode,
): Promise<number> {
  const [row] = await database.query(
    (sql) => sql<[{ stored: number }]>`
      with incoming as (
        select distinct on (user_id, id) *,
          date_trunc('month', occurred_at at time zone 'utc')::date as occurred_month
        from ${eventsOf(sql, rows)}
        order by user_id, id, position
      ),
      eligible as materialized (${eligibleEvents(sql, mode)}),
      stored as (
        insert into emotional_events
          (id, user_id, occurred_at, event_type, positivity, intensity, stress_level, trace_id,
          source, occurred_month)
        select id, user_id, occurred_at, event_type, positivity, intensity, stress_level, trace_id,
          source, occurred_month
        from eligible
        order by user_id, id
        on conflict (user_id, id, occurred_month) do nothing
        returning user_id, id, occurred_at, positivity, intensity, stress_level, source
      ),
      summed as (
        insert into emotional_daily_sums as day
          (user_id, summary_date, event_count, positivity_sum, intensity_sum, stress_sum, stress_event_count,
          platform_event_count, platform_positivity_sum, platform_stress_event_count)
        -- No join with incoming: the planner knows the size of neither CTE, and it may become a nested loop.
        select user_id, (occurred_at at time zone 'utc')::date as summary_date, count(*), sum(positivity),
          sum(intensity), sum(stress_level),
          count(*) filter (where stress_level >= ${STRESS_LEVEL_MIN}::numeric),
          count(*) filter (where source = 'platform'),
          coalesce(sum(positivity) filter (where source = 'platform'), 0),
          count(*) filter (where source = 'platform' and stress_level >= ${STRESS_LEVEL_MIN}::numeric)
        -- control: sums-of-new-rows
        from stored group by user_id, summary_date order by user_id, summary_date
        on conflict (user_id, summary_date) do update set
          event_count = day.event_count + excluded.event_count,
          positivity_sum = day.positivity_sum + excluded.positivity_sum,
          intensity_sum = day.intensity_sum + excluded.intensity_sum,
          stress_sum = day.stress_sum + excluded.stress_sum,
          stress_event_count = day.stress_event_count + excluded.stress_event_count,
          platform_event_count = day.platform_event_count + excluded.platform_event_count,
          platform_positivity_sum = day.platform_positivity_sum + excluded.platform_positivity_sum,
          platform_stress_event_count =
            day.platform_stress_event_count + excluded.platform_stress_event_count,
          updated_at = now()
        returning user_id
      ),
      counted as (${countEmotions(sql)})
      select count(*)::int as stored, ${lockFacts(sql, sql`summed`)} from stored`,
  );
  return row.stored;
}

/**
 * Returns the events that are not stored as they came. Numbers are compared as numbers (0.1 is 0.10), a time
 * only when it is the event's own and not the sender's clock, and the source never: the first one stays.
 */
export async function compareEmotions(
  database: Database,
  rows: EmotionMessage[],
  mode: ConsentMode,
): Promise<Difference[]> {
  return database.query(
    (sql) => sql<Difference[]>`
      with incoming as (
        select *, ${monthsOfEvent(sql)} as months
        from unnest(
          ${rows.map((row) => row.eventId)}::uuid[],
          ${rows.map((row) => row.userId)}::uuid[],
          ${rows.map((row) => row.timestamp)}::text[]::timestamptz[],
          ${rows.map((row) => String(row.timestampAssigned === true))}::text[]::boolean[],
          ${rows.map((row) => row.emotionEvent.type)}::text[],
          ${metricOf(rows, 'positivity')}::numeric[],
          ${metricOf(rows, 'intensity')}::numeric[],
          ${metricOf(rows, 'stress_level')}::numeric[]
        ) with ordinality as event
          (id, user_id, occurred_at, assigned, event_type, positivity, intensity, stress_level, position)
      )
      select position::int - 1 as index,
        case
          when not exists (select from users where users.id = incoming.user_id offset 0) then 'unknown_user'
          when not ${isConsented(sql, mode)} then case
            when exists (select from consents where ${isCapture(sql)} offset 0)
              then 'consent_withdrawn' else 'consent_missing' end
          when ${isIdStored(sql, 'emotional_events')} then 'conflict'
          else 'missing'
        end as code
      from incoming
      where not exists (
        select from emotional_events existing
        where existing.user_id = incoming.user_id and existing.id = incoming.id
          and existing.occurred_month = any (incoming.months)
          and (incoming.assigned or existing.occurred_at = incoming.occurred_at)
          and existing.event_type = incoming.event_type and existing.positivity = incoming.positivity
          and existing.intensity = incoming.intensity and existing.stress_level = incoming.stress_level
        offset 0)
      order by position`,
  );
}

/** The `incoming` rows of customers who exist and consent, with their jurisdictions. */
const eligibleEvents = (sql: Sql, mode: ConsentMode) => sql`
  select incoming.*, coalesce(customer.jurisdiction, 'unknown') as jurisdiction
  from incoming
  cross join lateral
    (select jurisdiction from users where users.id = incoming.user_id offset 0) as customer
  where not ${isInAnotherMonth(sql, 'emotional_events')}
    -- control: consent-in-statement
    and ${isConsented(sql, mode)}
`;

/** Whether the customer of an `incoming` row has the consent to it, in the row's own statement. */
const isConsented = (sql: Sql, mode: ConsentMode) =>
  mode === 'required'
    ? sql`exists (select from consents where ${isCapture(sql)} and granted offset 0)`
    : sql`not exists (select from consents where ${isCapture(sql)} and not granted offset 0)`;

const isCapture = (sql: Sql) => sql`consents.user_id = incoming.user_id and purpose = 'emotion_capture'`;

/** The events of a batch as a table. Times go as texts: the driver would read them without microseconds. */
const eventsOf = (sql: Sql, rows: EmotionMessage[]) => sql`
  unnest(
    ${rows.map((row) => row.eventId)}::uuid[],
    ${rows.map((row) => row.userId)}::uuid[],
    ${rows.map((row) => row.timestamp)}::text[]::timestamptz[],
    ${rows.map((row) => row.emotionEvent.type)}::text[],
    ${metricOf(rows, 'positivity')}::numeric[],
    ${metricOf(rows, 'intensity')}::numeric[],
    ${metricOf(rows, 'stress_level')}::numeric[],
    ${rows.map((row) => row.traceId)}::text[],
    ${rows.map((row) => row.source ?? null)}::text[]
  ) with ordinality as event
    (id, user_id, occurred_at, event_type, positivity, intensity, stress_level, trace_id, source, position)`;

const metricOf = (rows: EmotionMessage[], name: keyof EmotionMessage['emotionEvent']['metrics']) =>
  rows.map((row) => String(row.emotionEvent.metrics[name]));
