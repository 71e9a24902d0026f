import type postgres from 'postgres';
import type { System } from '../../deploy/local/stack/system.ts';
import { createTokens } from '../../platform/http/token.ts';
import type { Random } from './random.ts';

/** Customers as rows, with tokens signed like the real ones: a drill is not about hashing their passwords. */
export interface Customer {
  id: string;
  token: string;
}

export async function createCustomers(
  system: System,
  sql: postgres.Sql,
  random: Random,
  count: number,
): Promise<Customer[]> {
  const tokens = createTokens({ secretKey: system.secretKey, ttlSeconds: 24 * 60 * 60 });
  const ids = Array.from({ length: count }, () => random.uuid());
  await sql`
    insert into users (id, email, password_hash)
    select id, id || '@drill.example', 'x' from unnest(${ids}::uuid[]) as id`;
  return Promise.all(ids.map(async (id) => ({ id, token: (await tokens.sign(id)).token })));
}

/** One open offer for each. */
export async function createOffers(
  sql: postgres.Sql,
  random: Random,
  customers: Customer[],
): Promise<Map<string, Customer>> {
  const offers = new Map(customers.map((customer) => [random.uuid(), customer]));
  await sql`
    insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
    select id, user_id, 'offered', 5000, 9.5, 'SHORT_TERM_PERSONAL_LOAN', now() + interval '7 days'
    from unnest(${[...offers.keys()]}::uuid[], ${[...offers.values()].map(({ id }) => id)}::uuid[])
      as offer (id, user_id)`;
  return offers;
}
