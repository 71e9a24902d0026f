import type { Sql } from '../../platform/data/sql.ts';

/**
 * A step that adds the events of the step `stored`, with the jurisdictions of `eligible`, to the cells of
 * their hour. One row per cell and statement, in one order, and after every other lock of the statement. A
 * slot for each connection keeps concurrent statements from waiting for each other.
 */
export const countEmotions = (sql: Sql) => sql`
  insert into emotion_rollups as cell
    (hour, jurisdiction, slot, customers, event_count, positivity, intensity, stress)
  select hour, jurisdiction, pg_backend_pid() % 4, bit_or(customer_bit(user_id)), count(*),
    sum(emotion_bin(positivity)), sum(emotion_bin(intensity)), sum(emotion_bin(stress_level))
  from (
    select *, date_trunc('hour', occurred_at, 'utc') as hour from eligible
    -- A truth value is looked up in a hash of the stored events; as a join its plan would be a guess.
    where ((user_id, id) in (select user_id, id from stored)) is true
  ) as event
  group by hour, jurisdiction order by hour, jurisdiction
  on conflict (hour, jurisdiction, slot) do update set
    customers = cell.customers | excluded.customers,
    event_count = cell.event_count + excluded.event_count,
    positivity = cell.positivity + excluded.positivity,
    intensity = cell.intensity + excluded.intensity,
    stress = cell.stress + excluded.stress`;
