import type { PendingQuery, Row } from 'postgres';
import type { Sql } from '../data/sql.ts';

/**
 * A step of a statement: makes the lanes due that the step `added` names by endpoint and user. A lane is
 * the queue of a customer at an endpoint. Its version tells a worker that saw it empty whether it still is.
 */
export const wakeLanes = (sql: Sql, added: PendingQuery<Row[]>) => sql`
  insert into webhook_lanes as lane (endpoint_id, user_id, next_at)
  select distinct endpoint_id, user_id, now() from ${added} order by endpoint_id, user_id
  on conflict (endpoint_id, user_id) do update
  set version = lane.version + 1, next_at = coalesce(lane.next_at, now())`;
