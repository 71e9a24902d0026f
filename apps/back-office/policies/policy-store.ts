import { type HeldKey, isHeldYet } from '../../../platform/idempotency/idempotency-store.ts';
import type { Sql } from '../../../platform/data/sql.ts';
import type { PolicyChange } from '../../../sdk/contracts/operator-policies.ts';
import type { Policy } from '../../../underwriting/policy/build-policy.ts';

/**
 * The operators' statements on policies. Each change is one statement that checks the state before it and
 * keeps a row of `policy_events`; triggers make a policy active or retired as jurisdictions name it.
 */

/** Returns false when the version exists already. */
export async function insertPolicy(sql: Sql, policy: Policy, by: string): Promise<boolean> {
  const added = await sql`
    with added as (
      insert into policies (version, document, hash, created_by)
      values (${policy.version}, ${JSON.stringify(policy.document)}::text::jsonb, ${policy.hash}, ${by})
      on conflict (version) do nothing
      returning version
    )
    insert into policy_events (version, act, actor) select version, 'add', ${by} from added returning id`;
  return added.length > 0;
}

/** Keeps a test; a draft becomes tested by it. Returns false when no policy has this document. */
export async function recordTest(
  sql: Sql,
  test: { version: string; hash: string; by: string; note: string; details: string },
): Promise<boolean> {
  const tested = await sql`
    with tested as (
      update policies set state = case when state = 'draft' then 'tested' else state end
      where version = ${test.version} and hash = ${test.hash}
      returning version
    )
    insert into policy_events (version, act, actor, note, details)
    select version, 'test', ${test.by}, ${test.note}, ${test.details}::text::jsonb from tested returning id`;
  return tested.length > 0;
}

/** Returns false when the policy is not tested. */
export async function proposePolicy(sql: Sql, version: string, by: string, note: string): Promise<boolean> {
  const proposed = await sql`
    with proposed as (
      update policies set state = 'proposed', proposed_by = ${by}
      where version = ${version} and state = 'tested'
      returning version
    )
    insert into policy_events (version, act, actor, note)
    select version, 'propose', ${by}, ${note} from proposed returning id`;
  return proposed.length > 0;
}

/** Returns false when the policy is not proposed, or was proposed by the same operator. */
export async function approvePolicy(sql: Sql, version: string, by: string, note: string): Promise<boolean> {
  const approved = await sql`
    with approved as (
      update policies set state = 'approved', approved_by = ${by}
      where version = ${version} and state = 'proposed' and lower(proposed_by) <> lower(${by}::text)
      returning version
    )
    insert into policy_events (version, act, actor, note)
    select version, 'approve', ${by}, ${note} from approved returning id`;
  return approved.length > 0;
}

/** Returns the jurisdictions in which another policy was active before; none when the policy may not be. */
export function activatePolicy(
  sql: Sql,
  activation: {
    version: string;
    jurisdictions: string[];
    by: string;
    note: string | null;
    /** The policies that were seen to be active: where another is, nothing is activated. */
    replaces?: readonly PolicyChange[] | undefined;
    /** The idempotency key that it is done under. */
    held?: HeldKey | null;
  },
): Promise<PolicyChange[]> {
  const { version, jurisdictions, by, note, replaces, held } = activation;
  return sql<PolicyChange[]>`
    with seen as (
      select * from jsonb_to_recordset(${JSON.stringify(replaces ?? [])}::text::jsonb)
        as seen (jurisdiction text, version text)
    ),
    approved as (
      select version from policies
      where version = ${version} and state in ('approved', 'active', 'retired') and approved_by is not null
        and ${isHeldYet(sql, held)} and document->'jurisdictions' @> to_jsonb(${jurisdictions}::text[])
        and not exists (
          select from seen left join policy_activations as activation using (jurisdiction)
          where activation.version is distinct from seen.version)
    ),
    activated as (
      insert into policy_activations as activation (jurisdiction, version, activated_by)
      select jurisdiction, version, ${by}
      from approved, unnest(${jurisdictions}::text[]) as jurisdiction order by jurisdiction
      on conflict (jurisdiction) do update
        set version = excluded.version, activated_by = excluded.activated_by, activated_at = now()
        where activation.version <> excluded.version
          -- The row is as of now: a policy that came since the comparison above is another one, too.
          and (${replaces === undefined} or (activation.jurisdiction, activation.version) in
            (select jurisdiction, version from seen))
      returning jurisdiction, version
    )
    insert into policy_events (version, act, actor, note, jurisdiction)
    select version, 'activate', ${by}, ${note}, jurisdiction from activated
    returning jurisdiction, version`;
}

export interface Rollback {
  /** Takes back activations of this version alone; without jurisdictions, wherever it is active. */
  version?: string | null;
  jurisdictions: string[] | null;
  by: string;
  note: string;
  /** The idempotency key that it is done under. */
  held?: HeldKey | null;
}

/**
 * Takes back activations: the last one of each jurisdiction, or without jurisdictions and version those that
 * were made last, together. A jurisdiction that had none before is decided by the policy of `*` again.
 * Returns nothing without a way back; a jurisdiction that was changed at the same moment is overtaken.
 */
export function rollBackPolicies(
  sql: Sql,
  rollback: Rollback,
): Promise<(PolicyChange & { is_overtaken: boolean })[]> {
  const { version = null, jurisdictions, by, note, held } = rollback;
  return sql<(PolicyChange & { is_overtaken: boolean })[]>`
    with standing as (
      select id, version, jurisdiction, created_at,
        lead(version) over (partition by jurisdiction order by id desc) as version_before,
        row_number() over (partition by jurisdiction order by id desc) as place
      from policy_events as made
      where act = 'activate' and not exists (select from policy_events where undoes = made.id)
    ),
    meant as (
      select * from standing
      where place = 1 and version = coalesce(${version}, version) and ${isHeldYet(sql, held)}
    ),
    latest as (select version, created_at from meant order by id desc limit 1),
    undone as (
      -- With the row as it is now: an activation of the same version meanwhile is another one.
      select meant.*, activation.xmin as seen
      from meant join policy_activations as activation using (jurisdiction, version)
      where (jurisdiction = any(${jurisdictions}::text[])
          or ${jurisdictions}::text[] is null
            and (${version}::text is not null or (version, created_at) in (select * from latest)))
        and (version_before is not null
          or jurisdiction <> '*' and exists (select from policy_activations where jurisdiction = '*'))
    ),
    restored as (
      update policy_activations as activation
      set version = version_before, activated_by = ${by}, activated_at = now()
      from undone
      where activation.jurisdiction = undone.jurisdiction and activation.xmin = undone.seen
        and version_before is not null
      returning activation.jurisdiction
    ),
    ended as (
      delete from policy_activations as activation using undone
      where activation.jurisdiction = undone.jurisdiction and activation.xmin = undone.seen
        and version_before is null
      returning activation.jurisdiction
    ),
    recorded as (
      insert into policy_events (version, act, actor, note, jurisdiction, undoes)
      select coalesce(version_before, version), 'rollback', ${by}, ${note}, jurisdiction, id
      from undone where jurisdiction in (select * from restored union all select * from ended)
      returning undoes
    )
    select jurisdiction, version_before as version, id not in (select undoes from recorded) as is_overtaken
    from undone order by jurisdiction`;
}

/** Returns the jurisdictions in which a version is active. */
export async function selectJurisdictions(sql: Sql, version: string): Promise<string[]> {
  const rows = await sql<{ jurisdiction: string }[]>`
    select jurisdiction from policy_activations where version = ${version} order by jurisdiction`;
  return rows.map(({ jurisdiction }) => jurisdiction);
}
