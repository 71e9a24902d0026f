import { isoMillis } from '../data/iso-time.ts';
import type { Sql } from '../data/sql.ts';

/** What is read of policies, by the services and by the command line. */

type PolicyState = 'draft' | 'tested' | 'proposed' | 'approved' | 'active' | 'retired';

export interface PolicyRow {
  version: string;
  title: string;
  state: PolicyState;
  /** Jurisdictions for which it is active. */
  active: string[];
  /** Time and author of the last change. */
  since: string;
  by: string;
  hash: string;
}

export interface PolicyEvent {
  at: string;
  act: string;
  actor: string;
  jurisdiction: string | null;
  note: string | null;
  details: unknown;
}

export interface StoredPolicy {
  version: string;
  document: unknown;
  hash: string;
  state: PolicyState;
  proposedBy: string | null;
  approvedBy: string | null;
}

/** The newest first. */
export const selectPolicies = (sql: Sql): Promise<PolicyRow[]> => sql`
  select version, document->>'title' as title, state, hash,
    array(select jurisdiction from policy_activations where policy_activations.version = policies.version
      order by jurisdiction) as active,
    coalesce(last.at, ${isoMillis(sql, 'created_at')}) as since, coalesce(last.actor, created_by) as by
  from policies left join lateral (
    select ${isoMillis(sql, 'created_at')} as at, actor from policy_events
    where policy_events.version = policies.version order by id desc limit 1
  ) as last on true
  order by created_at desc, version desc`;

export async function selectPolicy(sql: Sql, version: string): Promise<StoredPolicy | null> {
  const [row] = await sql<StoredPolicy[]>`
    select version, document, hash, state, proposed_by as "proposedBy", approved_by as "approvedBy"
    from policies where version = ${version}`;
  return row ?? null;
}

/** The document of a hash, as its row claims it; null without it. */
export async function selectDocument(sql: Sql, hash: string): Promise<unknown> {
  const [row] = await sql<
    { document: unknown }[]
  >`select document from policies where hash = ${hash} limit 1`;
  return row?.document ?? null;
}

/** The documents of every stored policy. */
export async function selectDocuments(sql: Sql): Promise<unknown[]> {
  const rows = await sql<{ document: unknown }[]>`select document from policies`;
  return rows.map(({ document }) => document);
}

export const selectPolicyEvents = (sql: Sql, version: string): Promise<PolicyEvent[]> => sql`
  select ${isoMillis(sql, 'created_at')} as at, act, actor, jurisdiction, note, details
  from policy_events where version = ${version} order by id`;
