import type { Sql } from '../../platform/data/sql.ts';

/** Stores an open offer of a customer, valid for a day; returns its id. */
export async function storeOffer(sql: Sql, userId: string): Promise<string> {
  const offerId = Bun.randomUUIDv7();
  await sql`
    insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
    values (${offerId}, ${userId}, 'offered', 5000, 9.5, 'SHORT_TERM_PERSONAL_LOAN', now() + interval '1 day')`;
  return offerId;
}
