import type { Database } from '../../platform/data/sql.ts';
import { isOfOpenPartner } from './open-partners.ts';

export interface WebhookFigures {
  pending: number;
  oldestSeconds: number;
  enabled: number;
  failing: number;
  disabled: number;
}

/** Returns the deliveries that wait, and the endpoints by state. */
export async function selectFigures(database: Database): Promise<WebhookFigures> {
  const [row] = await database.query(
    (sql) => sql<WebhookFigures[]>`
      select
        count(*) filter (where state = 'enabled')::int as enabled,
        count(*) filter (where state = 'failing')::int as failing,
        count(*) filter (where state = 'disabled')::int as disabled,
        coalesce(sum(waiting.count), 0)::int as pending,
        coalesce(extract(epoch from
          now() - min(waiting.oldest)
            filter (where state <> 'disabled' and ${isOfOpenPartner(sql)})), 0)::float8 as "oldestSeconds"
      from webhook_endpoints cross join lateral (
        select count(*) as count, min(created_at) as oldest from (
          select created_at from webhook_deliveries
          where endpoint_id = webhook_endpoints.id and webhook_deliveries.state = 'pending'
          limit 10000
        ) as pending
      ) as waiting
      where removed_at is null`,
  );
  return row ?? { pending: 0, oldestSeconds: 0, enabled: 0, failing: 0, disabled: 0 };
}
