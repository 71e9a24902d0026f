import type { PendingQuery, Row } from 'postgres';
import type { Sql } from '../data/sql.ts';

/**
 * A step of a statement that makes lanes due, of the step `added` with endpoint_id and user_id. A lane is the
 * queue of a customer at an endpoint; its version tells a worker that found it empty that it is so no more.
 */
export const wakeLanes = (sql: Sql, added: PendingQuery<Row[]>) => sql`
  insert into webhook_lanes as lane (endpoint_id, user_id, next_at)
  select distinct endpoint_id, user_id, now() from ${added} order by endpoint_id, user_id
  on conflict (endpoint_id, user_id) do update
  set version = lane.version + 1, next_at = coalesce(lane.next_at, now())`;
