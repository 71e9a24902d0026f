import type { OperatorRole } from '../../sdk/contracts/operator-roles.ts';
import { isoMillis } from '../../platform/data/iso-time.ts';
import type { Sql } from '../../platform/data/sql.ts';

/**
 * The owner's statements on operators. A row is never deleted: its name stays its person's. Acts are the
 * database user's, `database:ecsuser`: no operator has a name with a colon.
 */

export interface OperatorRow {
  name: string;
  roles: OperatorRole[];
  state: 'active' | 'disabled';
  since: string;
  by: string;
}

/** Returns false when the name is taken, in any case. */
export async function insertOperator(
  sql: Sql,
  operator: { name: string; passwordHash: string; roles: readonly OperatorRole[] },
): Promise<boolean> {
  const { name, passwordHash, roles } = operator;
  const added = await sql`
    insert into operators (name, password_hash, roles, created_by)
    values (${name}, ${passwordHash}, ${[...roles]}::text[], ${owner(sql)})
    on conflict (name_key) do nothing
    returning id`;
  return added.length > 0;
}

/** By name. */
export const selectOperators = (sql: Sql): Promise<OperatorRow[]> => sql<OperatorRow[]>`
  select name, roles, case when disabled_at is null then 'active' else 'disabled' end as state,
    ${isoMillis(sql, sql`coalesce(disabled_at, created_at)`)} as since,
    coalesce(disabled_by, created_by) as by
  from operators order by name_key`;

export async function hasActiveOperators(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ has: boolean }[]>`
    select exists (select from operators where disabled_at is null) as has`;
  return row?.has === true;
}

const owner = (sql: Sql) => sql`'database:' || current_user`;

const keyOf = (sql: Sql, name: string) =>
  sql`case when strpos(${name}, '@') > 0 then ${name} else lower(${name} collate "C") end`;

/**
 * Disables an operator: tokens are void at once. One of OpenID Connect, `subject@issuer`, gets a row that
 * bars the name. Returns false when there is no such account, or it is disabled already.
 */
export async function disableOperator(sql: Sql, name: string): Promise<boolean> {
  const disabled = await sql`
    with disabled as (
      update operators set disabled_by = ${owner(sql)}, disabled_at = now(), token_version = token_version + 1
      where name_key = ${keyOf(sql, name)} and disabled_at is null
      returning id
    ),
    barred as (
      insert into operators (name, created_by, disabled_by, disabled_at)
      select ${name}, ${owner(sql)}, ${owner(sql)}, now() where strpos(${name}, '@') > 0
      on conflict (name_key) do nothing
      returning id
    )
    select id from disabled union all select id from barred`;
  return disabled.length > 0;
}

/** Enables an operator again, with tokens that are made from now on. Returns false when none is disabled. */
export async function enableOperator(sql: Sql, name: string): Promise<boolean> {
  const enabled = await sql`
    update operators set disabled_by = null, disabled_at = null
    where name_key = ${keyOf(sql, name)} and disabled_at is not null
    returning id`;
  return enabled.length > 0;
}

/** Returns false when there is no such account. */
export async function changeRoles(sql: Sql, name: string, roles: readonly OperatorRole[]): Promise<boolean> {
  const changed = await sql`
    update operators set roles = ${[...roles]}::text[]
    where name_key = ${keyOf(sql, name)} and password_hash is not null
    returning id`;
  return changed.length > 0;
}

/** Gives an account a new password, which voids its earlier tokens. Returns false without such an account. */
export async function changePassword(sql: Sql, name: string, passwordHash: string): Promise<boolean> {
  const changed = await sql`
    update operators set password_hash = ${passwordHash}, token_version = token_version + 1
    where name_key = ${keyOf(sql, name)} and password_hash is not null
    returning id`;
  return changed.length > 0;
}
