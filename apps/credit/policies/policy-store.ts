import type { Database, Sql } from '../../../platform/data/sql.ts';
import { UNKNOWN_JURISDICTION } from '../../../underwriting/policy/jurisdictions.ts';
import type { Policy } from '../../../underwriting/policy/build-policy.ts';

export interface ActivationRow {
  jurisdiction: string;
  version: string;
  hash: string;
  document: unknown;
}

/** Returns the documents of the active policies, by jurisdiction. */
export function selectActivePolicies(database: Database): Promise<ActivationRow[]> {
  return database.query(
    (sql) => sql<ActivationRow[]>`
      select jurisdiction, version, hash, document from policy_activations join policies using (version)
      order by jurisdiction`,
  );
}

/**
 * Adds the policies that ship where they are missing, and activates the first of them for every jurisdiction
 * where no policy was ever active: a new system decides from its first request on. Two statements, so that
 * the row of a policy shows its last step as soon as it is there.
 */
export async function insertShippedPolicies(database: Database, policies: Policy[]): Promise<void> {
  const [first] = policies;
  await database.query(
    (sql) => sql`
      with shipped as (
        select * from unnest(
          ${policies.map(({ version }) => version)}::text[],
          ${policies.map(({ document }) => JSON.stringify(document))}::text[]::jsonb[],
          ${policies.map(({ hash }) => hash)}::text[]
        ) as policy (version, document, hash)
      ),
      added as (
        insert into policies (version, document, hash, state, created_by, approved_by)
        select version, document, hash, 'approved', 'ecs', 'ecs' from shipped
        on conflict (version) do nothing
        returning version
      )
      insert into policy_events (version, act, actor, note)
      select version, 'add', 'ecs', 'ships with ECS' from added`,
  );
  await database.query(
    (sql) => sql`
      with activated as (
        insert into policy_activations (jurisdiction, version, activated_by)
        select '*', version, 'ecs' from policies
        where version = ${first?.version ?? ''} and not exists (select from policy_activations)
          and not exists (select from policy_events where act = 'activate')
        on conflict (jurisdiction) do nothing
        returning version, jurisdiction
      )
      insert into policy_events (version, act, actor, note, jurisdiction)
      select version, 'activate', 'ecs', 'the first policy of a new system', jurisdiction from activated`,
  );
}

/**
 * A number of the policy that is active for a customer, as an SQL expression: read with the statement around
 * it.
 */
export function policyNumber(
  sql: Sql,
  name: 'exposure_max' | 'withdrawal_days',
  customer: { userId: string; defaultJurisdiction: string | null },
) {
  const fallback = customer.defaultJurisdiction ?? UNKNOWN_JURISDICTION;
  return sql`(
    select (document->>${name})::numeric from policy_activations join policies using (version)
    where jurisdiction in (
      '*', (select coalesce(users.jurisdiction, ${fallback}) from users where id = ${customer.userId}))
    order by jurisdiction = '*' limit 1)`;
}
