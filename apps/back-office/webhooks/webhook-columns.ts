import type { Sql } from '../../../platform/data/sql.ts';

const PENDING_COUNT_MAX = 10_000;

/** The columns of an endpoint, of the alias `webhook`, as responses have them; never its secrets. */
export const columnsOf = (sql: Sql) => sql`
  id as webhook_id, partner_id, url, event_types, description, state, disabled_by, failing_since,
  case when secret_before_until > now() then secret_before_until end as secret_before_until,
  (select count(*)::int from (
    select from webhook_deliveries
    where endpoint_id = webhook.id and webhook_deliveries.state = 'pending' limit ${PENDING_COUNT_MAX}
  ) as waiting) as pending,
  created_by, created_at`;

/** The columns of a delivery in a list. */
export const lineColumns = (sql: Sql) => sql`
  id as delivery_id, event_id, event_type, nullif(user_id, endpoint_id) as user_id, state, attempts,
  (log->-1->>'status')::int as last_status, log->-1->>'error' as last_error,
  (log->-1->>'at')::timestamptz as last_attempt_at, delivered_at, created_at`;
