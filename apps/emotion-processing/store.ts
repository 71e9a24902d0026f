import type { EmotionMessage } from '../../platform/events.ts';
import type { Database } from '../../platform/sql.ts';
import { STRESS_LEVEL_MIN } from './domain/daily-summary.ts';

/**
 * Stores the events that are new and adds exactly those to the daily sums, in one statement: a redelivered
 * event changes nothing. Sorted, so that two workers take the same locks in the same order. Answers the users
 * that do not exist; their events are not stored. Times go as texts: the driver would read them as dates of
 * its own, without their microseconds.
 */
export async function insertEmotions(database: Database, rows: EmotionMessage[]): Promise<Set<string>> {
  const unknown = await database.query(
    (sql) => sql<{ userId: string }[]>`
      with incoming as (
        select distinct on (user_id, id) *,
          date_trunc('month', occurred_at at time zone 'utc')::date as occurred_month
        from unnest(
          ${rows.map((row) => row.eventId)}::uuid[],
          ${rows.map((row) => row.userId)}::uuid[],
          ${rows.map((row) => row.timestamp)}::text[]::timestamptz[],
          ${rows.map((row) => row.emotionEvent.type)}::text[],
          ${metricOf(rows, 'positivity')}::numeric[],
          ${metricOf(rows, 'intensity')}::numeric[],
          ${metricOf(rows, 'stress_level')}::numeric[],
          ${rows.map((row) => row.traceId)}::text[]
        ) as event (id, user_id, occurred_at, event_type, positivity, intensity, stress_level, trace_id)
        order by user_id, id
      ),
      stored as (
        insert into emotional_events
          (id, user_id, occurred_at, event_type, positivity, intensity, stress_level, trace_id,
          occurred_month)
        select id, user_id, occurred_at, event_type, positivity, intensity, stress_level, trace_id,
          occurred_month
        from incoming
        where exists (select from users where users.id = incoming.user_id offset 0)
          and not exists ( -- The same id with a time in another month: the key does not see it.
            select from emotional_events known
            where known.user_id = incoming.user_id and known.id = incoming.id
              and known.occurred_month = any (array[
                incoming.occurred_month - interval '2 months', incoming.occurred_month - interval '1 month',
                incoming.occurred_month + interval '1 month', incoming.occurred_month + interval '2 months'
              ]::date[])
            offset 0)
        order by user_id, id
        on conflict (user_id, id, occurred_month) do nothing
        returning user_id, occurred_at, positivity, intensity, stress_level
      ),
      summed as (
        insert into emotional_daily_sums as day
          (user_id, summary_date, event_count, positivity_sum, intensity_sum, stress_sum, stress_event_count)
        -- No join with incoming: of two CTEs nobody knows the size, and it may become a nested loop.
        select user_id, (occurred_at at time zone 'utc')::date as summary_date, count(*), sum(positivity),
          sum(intensity), sum(stress_level),
          count(*) filter (where stress_level >= ${STRESS_LEVEL_MIN}::numeric)
        from stored
        group by user_id, summary_date order by user_id, summary_date
        on conflict (user_id, summary_date) do update set
          event_count = day.event_count + excluded.event_count,
          positivity_sum = day.positivity_sum + excluded.positivity_sum,
          intensity_sum = day.intensity_sum + excluded.intensity_sum,
          stress_sum = day.stress_sum + excluded.stress_sum,
          stress_event_count = day.stress_event_count + excluded.stress_event_count,
          updated_at = now()
      )
      select distinct user_id as "userId" from incoming
      where not exists (select from users where users.id = incoming.user_id offset 0)`,
  );
  return new Set(unknown.map((row) => row.userId));
}

const metricOf = (rows: EmotionMessage[], name: keyof EmotionMessage['emotionEvent']['metrics']) =>
  rows.map((row) => String(row.emotionEvent.metrics[name]));
