import type { PartnerScope } from '../../sdk/contracts/partner-scopes.ts';
import type { Database } from '../data/sql.ts';
import type { PartnerAccess, PartnerState } from '../http/partner-access.ts';
import { partnerIn } from '../http/partner-access.ts';

/** A partner that a token can be made for, with the credentials that are valid at this moment. */
export interface PartnerAccount {
  id: string;
  scopes: PartnerScope[];
  eventsPerSecond: number;
  tokenVersion: number;
  secretHashes: string[];
  publicKeys: object[];
}

/** Returns null without such a partner, and for one that is disabled or removed. */
export async function selectPartnerAccount(database: Database, id: string): Promise<PartnerAccount | null> {
  const [row] = await database.query(
    (sql) => sql<PartnerAccount[]>`
      select partners.id, scopes, events_per_second as "eventsPerSecond",
        token_version::float8 as "tokenVersion",
        array_remove(array_agg(secret_hash), null) as "secretHashes",
        coalesce(jsonb_agg(public_key) filter (where public_key is not null), '[]') as "publicKeys"
      from partners
      left join partner_credentials as credential
        on partner_id = partners.id and (expires_at is null or expires_at > now())
      where partners.id = ${id} and status = 'active'
      group by partners.id`,
  );
  return row ?? null;
}

/** Asks the database at each request, in services that have it: a partner that is disabled is so at once. */
export function createPartnerAccounts(database: Database): PartnerAccess {
  return {
    async current(partner) {
      const [state] = await database.query(
        (sql) => sql<PartnerState[]>`
          select status = 'active' as "isActive", token_version::float8 as "tokenVersion", scopes
          from partners where id = ${partner.id}`,
      );
      return state ? partnerIn(partner, state) : null;
    },
  };
}
