import { isoSeconds } from '../data/iso-time.ts';
import type { Sql } from '../data/sql.ts';

/** A customer as it is stored: the policy in force, the limits and the decisions. */
interface StoredCustomer {
  id: string;
  email: string;
  created_at: string;
  /** Null where nobody has said; then the services take `DEFAULT_JURISDICTION`. */
  jurisdiction: string | null;
  locale: string;
  exposure: number;
  /** Null where no policy is active. */
  policy: StoredActivePolicy | null;
  limits: Limit[];
  decisions: DecisionLine[];
  consents: ConsentLine[];
}

interface ConsentLine {
  purpose: 'emotion_capture' | 'emotion_scoring' | 'offers';
  granted: boolean;
  text_version: string;
  given_at: string | null;
  withdrawn_at: string | null;
}

interface StoredActivePolicy {
  version: string;
  hash: string;
  /** The jurisdiction that it is active for; `*` for those that no other policy names. */
  active_for: string;
  document: unknown;
  /** Of the customer: the emotions count as its law says. */
  jurisdiction: string;
}

interface Limit {
  offer_id: string;
  status: string;
  credit_limit: number;
  interest_rate: number;
  activated_at: string | null;
  closed_at: string | null;
  closed_reason: string | null;
}

interface DecisionLine {
  analysis_id: string;
  created_at: string;
  approved: boolean;
  risk_score: number;
  credit_limit: number | null;
  policy_version: string;
  jurisdiction: string | null;
  emotion_effect: string | null;
  reasons: string[];
}

/** Reads a customer with the newest limits and decisions; null for one that does not exist. */
export async function selectStoredCustomer(
  sql: Sql,
  { userId, limit, unknownJurisdiction }: { userId: string; limit: number; unknownJurisdiction: string },
): Promise<StoredCustomer | null> {
  const [customer] = await sql<Omit<StoredCustomer, 'policy' | 'limits' | 'decisions' | 'consents'>[]>`
    select id, email, ${isoSeconds(sql, 'users.created_at')} as created_at, jurisdiction, locale,
      exposure::float8 as exposure
    from users join customer_exposures on user_id = users.id where id = ${userId}`;
  if (!customer) return null;
  const [limits, decisions, consents] = await Promise.all([
    selectLimits(sql, userId, limit),
    selectDecisions(sql, userId, limit),
    selectConsents(sql, userId),
  ]);
  // The services' default is not in the database; the last decision says which one they took.
  const jurisdiction = customer.jurisdiction ?? decisions[0]?.jurisdiction ?? unknownJurisdiction;
  const policy = await selectActivePolicy(sql, jurisdiction);
  return { ...customer, policy, limits: [...limits], decisions: [...decisions], consents: [...consents] };
}

/** Returns the id of a customer by the e-mail address, in any case; null without one. */
export async function selectUserId(sql: Sql, email: string): Promise<string | null> {
  const [user] = await sql<{ id: string }[]>`
    select id from users where email_key = lower(normalize(${email}, nfc) collate "und-x-icu")`;
  return user?.id ?? null;
}

async function selectActivePolicy(sql: Sql, jurisdiction: string): Promise<StoredActivePolicy | null> {
  const [active] = await sql<StoredActivePolicy[]>`
    select version, hash, policy_activations.jurisdiction as active_for, document,
      ${jurisdiction}::text as jurisdiction
    from policy_activations join policies using (version)
    where policy_activations.jurisdiction in ('*', ${jurisdiction})
    order by policy_activations.jurisdiction = '*' limit 1`;
  return active ?? null;
}

const selectLimits = (sql: Sql, userId: string, limit: number) => sql<Limit[]>`
  select id as offer_id,
    case when status = 'offered' and expires_at <= now() then 'expired' else status end as status,
    credit_limit::float8 as credit_limit, interest_rate::float8 as interest_rate,
    ${isoSeconds(sql, 'activated_at')} as activated_at, ${isoSeconds(sql, 'closed_at')} as closed_at,
    closed_reason
  from credit_limits where user_id = ${userId} order by created_at desc, id limit ${limit}`;

const selectConsents = (sql: Sql, userId: string) => sql<ConsentLine[]>`
  select purpose, granted, text_version, ${isoSeconds(sql, 'given_at')} as given_at,
    ${isoSeconds(sql, 'withdrawn_at')} as withdrawn_at
  from consents where user_id = ${userId} order by purpose`;

const selectDecisions = (sql: Sql, userId: string, limit: number) => sql<DecisionLine[]>`
  select a.id as analysis_id, ${isoSeconds(sql, 'a.created_at')} as created_at, approved, risk_score,
    credit_limit::float8 as credit_limit, policy_version, jurisdiction, emotion_effect,
    array(select reason->>'code' from jsonb_array_elements(reasons) as reason) as reasons
  from credit_analyses a left join credit_limits o on o.id = a.offer_id
  where a.user_id = ${userId} order by a.created_at desc, a.id desc limit ${limit}`;
