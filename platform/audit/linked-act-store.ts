import type { Sql } from '../data/sql.ts';
import type { ActRow } from './act-hash.ts';
import { actColumns } from './act-store.ts';

/** A link of the chain, of the shape that those of decisions have: one verifier reads both. */
interface ActLink {
  position: number;
  /** Of the act. */
  rowId: string;
  recordHash: string;
  seal: string | null;
  link: string;
}

/** A place of the chain with the act that it names; null when there is none any more. */
interface LinkedAct {
  link: ActLink;
  act: CheckedAct | null;
}

/** An act, with whether the act that erased it is an erasure. */
export type CheckedAct = ActRow & { is_erasure: boolean };

/** The links after a position, in their order. */
export async function selectLinkedActs(
  sql: Sql,
  page: { after: number; upTo: number; size: number },
): Promise<LinkedAct[]> {
  const rows = await sql<(ActLink & { act: CheckedAct; id: string | null })[]>`
    select position::float8 as position, act_id as "rowId", chain.record_hash as "recordHash",
      null as seal, chain.link, act.id, to_jsonb(checked) as act
    -- Cut before the joins: they would be made of every later link.
    from (
      select * from audit_chain where position > ${page.after} and position <= ${page.upTo}
      order by position limit ${page.size}
    ) as chain
    left join audit_log act on act.id = act_id
    left join lateral (select ${checkedColumns(sql)}) as checked on true
    order by position`;
  return rows.map(({ id, act, ...link }) => ({ link, act: id === null ? null : act }));
}

/** Acts that no link names: they wait for theirs, or somebody has taken it away. */
export function selectUnlinkedActs(
  sql: Sql,
  page: { after: string | null; size: number },
): Promise<(CheckedAct & { is_waiting: boolean })[]> {
  return sql<(CheckedAct & { is_waiting: boolean })[]>`
    select ${checkedColumns(sql)},
      exists (select from audit_unlinked waiting where waiting.act_id = act.id) as is_waiting
    from audit_log act
    where not exists (select from audit_chain chain where chain.act_id = act.id)
      and (${page.after}::uuid is null or act.id > ${page.after}::uuid)
    order by act.id limit ${page.size}`;
}

export async function selectActHead(sql: Sql): Promise<number> {
  const last = await selectActLink(sql);
  return last?.position ?? 0;
}

/** The link at a position, the last by default. */
export async function selectActLink(
  sql: Sql,
  at: { position?: number } = {},
): Promise<{ position: number; link: string } | null> {
  const [link] = await sql<{ position: number; link: string }[]>`
    select position::float8 as position, link from audit_chain as chain
    where ${at.position === undefined ? sql`true` : sql`position = ${at.position}::bigint`}
    order by chain.position desc limit 1`;
  return link ?? null;
}

const checkedColumns = (sql: Sql) => sql`
  ${actColumns(sql)}, exists (
    select from audit_log erasing where erasing.id = act.erased_by and erasing.act = 'customer.erase'
      and erasing.details -> 'acts' ? act.id::text
  ) as is_erasure`;
