import type { ActName } from '../../../sdk/contracts/audit-acts.ts';
import type { PendingQuery, Row } from 'postgres';
import type { PartnerCredential, PartnerList } from '../../../sdk/contracts/operator-partners.ts';
import type { PartnerScope } from '../../../sdk/contracts/partner-scopes.ts';
import { appendAct } from '../../../platform/audit/append-act.ts';
import { type HeldKey, isHeldYet } from '../../../platform/idempotency/idempotency-store.ts';
import { isoMillis } from '../../../platform/data/iso-time.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';

/** The operators' statements on partners; each is an act of the audit log. */

export type PartnerLine = PartnerList['items'][number];

/** The operator of an act, and the idempotency key that it is done under. */
export interface Acting {
  by: string;
  held?: HeldKey | null;
}

/** A hash of a secret, or a public key. */
export interface NewCredential {
  secretHash: string | null;
  publicKey: object | null;
}

const columns = (sql: Sql) => sql`
  id as client_id, name, status, scopes, events_per_second, created_by, changed_by,
  ${isoMillis(sql, 'created_at')} as created_at, ${isoMillis(sql, 'changed_at')} as changed_at`;

/** Those that were removed as well, at the end. */
export function selectPartners(database: Database): Promise<PartnerLine[]> {
  return database.query(
    (sql) => sql<PartnerLine[]>`
      select ${columns(sql)} from partners order by status = 'removed', lower(name), id`,
  );
}

export async function selectPartner(database: Database, id: string): Promise<PartnerLine | null> {
  const [row] = await database.query(
    (sql) => sql<PartnerLine[]>`select ${columns(sql)} from partners where id = ${id}`,
  );
  return row ?? null;
}

/** The valid ones, the newest first. */
export function selectCredentials(database: Database, id: string): Promise<PartnerCredential[]> {
  return database.query(
    (sql) => sql<PartnerCredential[]>`
      select id as credential_id, case when public_key is null then 'secret' else 'public_key' end as kind,
        public_key, created_by, ${isoMillis(sql, 'created_at')} as created_at,
        ${isoMillis(sql, 'expires_at')} as expires_at
      from partner_credentials
      where partner_id = ${id} and (expires_at is null or expires_at > now())
      order by partner_credentials.created_at desc`,
  );
}

/** Returns the credential's id; null when the name is taken. */
export async function insertPartner(
  database: Database,
  partner: { id: string; name: string; scopes: readonly PartnerScope[]; eventsPerSecond: number } & Acting,
  credential: NewCredential,
): Promise<string | null> {
  const { id, name, scopes, eventsPerSecond, by, held } = partner;
  const [row] = await database.query(
    (sql) => sql<{ credentialId: string }[]>`
      with added as (
        insert into partners (id, name, scopes, events_per_second, created_by, changed_by)
        select ${id}::text, ${name}::text, ${[...scopes]}::text[], ${eventsPerSecond}::int, ${by}::text,
          ${by}::text
        where ${isHeldYet(sql, held)}
        on conflict (lower(name)) where status <> 'removed' do nothing
        returning id, scopes, events_per_second
      ),
      credential as (
        insert into partner_credentials (partner_id, secret_hash, public_key, created_by)
        select id, ${credential.secretHash}, ${keyJson(credential)}::text::jsonb, ${by} from added
        returning id
      ),
      audited as (
        ${appendPartnerAct(sql, { act: 'partner.add', by, from: sql`added`, details: termsJson(sql) })}
      )
      select id as "credentialId" from credential`,
  );
  return row?.credentialId ?? null;
}

/**
 * Changes what is not null, once: a PUT that a hop sends again is no second act. Returns false when there is
 * no such partner, or it was removed.
 */
export async function updatePartner(
  database: Database,
  id: string,
  change: { scopes: readonly PartnerScope[] | null; eventsPerSecond: number | null; by: string },
): Promise<boolean> {
  const { scopes, eventsPerSecond, by } = change;
  const partners = await database.query((sql) => {
    const newScopes = sql`coalesce(${scopes ? [...scopes] : null}::text[], scopes)`;
    const newRate = sql`coalesce(${eventsPerSecond}::int, events_per_second)`;
    return sql`
      with changed as (
        update partners set scopes = ${newScopes}, events_per_second = ${newRate}, changed_by = ${by}
        where id = ${id} and status <> 'removed'
          and (scopes, events_per_second) is distinct from (${newScopes}, ${newRate})
        returning id, scopes, events_per_second
      ),
      audited as (
        ${appendPartnerAct(sql, { act: 'partner.change', by, from: sql`changed`, details: termsJson(sql) })}
      )
      select id from partners where id = ${id} and status <> 'removed'`;
  });
  return partners.length > 0;
}

/**
 * Changes the status, once; again it changes nothing. A removed partner stays so, and a trigger ends its
 * credentials.
 */
export async function changePartnerStatus(
  database: Database,
  id: string,
  status: PartnerLine['status'],
  { by, held }: Acting,
): Promise<void> {
  const acts = { active: 'partner.enable', disabled: 'partner.disable', removed: 'partner.remove' } as const;
  await database.query(
    (sql) => sql`
      with changed as (
        update partners set status = ${status}, changed_by = ${by}
        where id = ${id} and status not in ('removed', ${status}) and ${isHeldYet(sql, held)}
        returning id
      ),
      audited as (
        ${appendPartnerAct(sql, { act: acts[status], by, from: sql`changed` })}
      )
      select id from changed`,
  );
}

/**
 * Adds a credential; a trigger ends those before it. Without grace all tokens are void as well. Returns null
 * when there is no such partner, or it was removed.
 */
export async function rotateCredential(
  database: Database,
  id: string,
  credential: NewCredential & Acting & { graceSeconds: number },
): Promise<{ credentialId: string } | null> {
  const { secretHash, graceSeconds, by, held } = credential;
  const [row] = await database.query(
    (sql) => sql<{ credentialId: string }[]>`
      with partner as (
        update partners set changed_by = ${by}, changed_at = now(),
          token_version = token_version + case when ${graceSeconds}::int = 0 then 1 else 0 end
        where id = ${id} and status <> 'removed' and ${isHeldYet(sql, held)}
        returning id
      ),
      added as (
        insert into partner_credentials (partner_id, secret_hash, public_key, grace_seconds, created_by)
        select id, ${secretHash}, ${keyJson(credential)}::text::jsonb, ${graceSeconds}, ${by} from partner
        returning id, partner_id, grace_seconds, public_key
      ),
      audited as (
        ${appendPartnerAct(sql, {
          act: 'partner.rotate',
          by,
          from: sql`added`,
          id: sql`partner_id`,
          details: sql`jsonb_build_object('credential', id, 'grace_seconds', grace_seconds,
              'kind', case when public_key is null then 'secret' else 'public_key' end)`,
        })}
      )
      select id as "credentialId" from added`,
  );
  return row ?? null;
}

type Step = PendingQuery<Row[]>;

/** Appends the act of an operator on the partner of each row of a part of the statement. */
const appendPartnerAct = (
  sql: Sql,
  {
    act,
    by,
    from,
    id = sql`id`,
    details,
  }: { act: ActName; by: string; from: Step; id?: Step; details?: Step },
) =>
  appendAct(
    sql,
    {
      actor: { kind: 'operator', name: by },
      act,
      subject: { kind: 'partner', id },
      ...(details && { details }),
    },
    from,
  );

/** Over the columns of a partner. */
const termsJson = (sql: Sql) => sql`
  jsonb_build_object('scopes', to_jsonb(scopes), 'events_per_second', events_per_second)`;

const keyJson = ({ publicKey }: NewCredential) => (publicKey ? JSON.stringify(publicKey) : null);
