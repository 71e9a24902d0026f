import type { EventTable } from '../data/event-tables.ts';
import type { Sql } from '../data/sql.ts';

/**
 * Whether the id of an `incoming` row is stored with a time in another month, which the key, of customer, id
 * and month, does not see: an id that comes again within two months is no new event.
 */
export const isInAnotherMonth = (sql: Sql, table: EventTable) => sql`
  exists (
    select from ${sql(table)} existing
    where existing.user_id = incoming.user_id and existing.id = incoming.id
      and existing.occurred_month = any (array[
        incoming.occurred_month - interval '2 months', incoming.occurred_month - interval '1 month',
        incoming.occurred_month + interval '1 month', incoming.occurred_month + interval '2 months'
      ]::date[])
    offset 0)`;

/** The months in which the event of a row may be stored: the month of its time, and those around it. */
export const monthsOfEvent = (sql: Sql) => sql`array(
  select (date_trunc('month', occurred_at at time zone 'utc') + make_interval(months => step))::date
  from generate_series(-2, 2) as step)`;

/** Whether the id of an `incoming` row, with its `months`, is stored. */
export const isIdStored = (sql: Sql, table: EventTable) => sql`
  exists (
    select from ${sql(table)} existing
    where existing.user_id = incoming.user_id and existing.id = incoming.id
      and existing.occurred_month = any (incoming.months)
    offset 0)`;
