import type { Sql } from '../../platform/data/sql.ts';

/**
 * A condition on rows of webhook_endpoints: an operator's, or of a partner that is active and may have some.
 * A partner that is disabled can disable nothing itself, and gets no customer's events any more.
 */
export const isOfOpenPartner = (sql: Sql) => sql`
  (partner_id is null or exists (
    select from partners
    where partners.id = partner_id and status = 'active' and 'webhooks:manage' = any (scopes)))`;
