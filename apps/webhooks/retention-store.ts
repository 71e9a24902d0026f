import type { Database } from '../../platform/data/sql.ts';

/** The log of deliveries is kept for this time. */
const LOG_DAYS = 30;
const ROWS_PER_STATEMENT = 2000;

/** Deletes a portion of the old deliveries, and their idle lanes; returns the number of deliveries. */
export async function deleteOldDeliveries(database: Database): Promise<number> {
  const [row] = await database.query(
    (sql) => sql<{ count: number }[]>`
      with gone as (
        delete from webhook_deliveries where id in (
          select id from webhook_deliveries where created_at < now() - make_interval(days => ${LOG_DAYS})
          order by created_at limit ${ROWS_PER_STATEMENT})
        returning endpoint_id, user_id
      ),
      idle as (
        delete from webhook_lanes where next_at is null
          and (endpoint_id, user_id) in (select endpoint_id, user_id from gone)
      )
      select count(*)::int as count from gone`,
  );
  return row?.count ?? 0;
}

/** The row stays for this time, so that a removal that is sent again finds the endpoint. */
const REMOVED_MINUTES = 60;

/**
 * Deletes a portion of the rows of removed endpoints, then the endpoints; returns whether rows may remain.
 */
export async function purgeRemoved(database: Database): Promise<boolean> {
  const [row] = await database.query(
    (sql) => sql<{ count: number }[]>`
      with removed as (
        select id, removed_at < now() - make_interval(mins => ${REMOVED_MINUTES}) as "isOver"
        from webhook_endpoints as endpoint
        where removed_at is not null and (
          removed_at < now() - make_interval(mins => ${REMOVED_MINUTES})
          or exists (select from webhook_deliveries where endpoint_id = endpoint.id)
          or exists (select from webhook_lanes where endpoint_id = endpoint.id))
        limit 1
      ),
      deliveries as (
        delete from webhook_deliveries where id in (
          select id from webhook_deliveries where endpoint_id in (select id from removed)
          limit ${ROWS_PER_STATEMENT})
        returning 1
      ),
      lanes as (
        delete from webhook_lanes where (endpoint_id, user_id) in (
          select endpoint_id, user_id from webhook_lanes where endpoint_id in (select id from removed)
          limit ${ROWS_PER_STATEMENT})
        returning 1
      ),
      endpoints as (
        delete from webhook_endpoints where id in (select id from removed where "isOver")
          and not exists (select from webhook_deliveries where endpoint_id in (select id from removed))
          and not exists (select from webhook_lanes where endpoint_id in (select id from removed))
        returning 1
      )
      select (select count(*)::int from deliveries) + (select count(*)::int from lanes)
        + (select count(*)::int from endpoints) as count`,
  );
  return (row?.count ?? 0) > 0;
}
