import type { PendingQuery, Row } from 'postgres';
import type { Database, Sql } from '../data/sql.ts';

type Step = PendingQuery<Row[]>;

/** The statements of a chain of hashes, on its own tables. */
export interface Chain {
  /** Of its loop and its log lines. */
  name: string;
  /** Selects `position` and `link` of the last link. */
  head(sql: Sql): Step;
  /** Selects `id`, `record_hash`, `seal` (null: none) and `created_at` of the oldest rows without a link. */
  waiting(sql: Sql, countMax: number): Step;
  /** Inserts links that are selected as `position, id, record_hash, link, seal`, and returns their `id`. */
  insert(sql: Sql, links: Step): Step;
  /** Deletes the rows of the step `linked` from those that wait, and returns them. */
  dequeue(sql: Sql): Step;
  /** Selects the `count` of rows that wait. */
  count(sql: Sql): Step;
}

/**
 * Links the oldest unlinked rows into a chain, in one statement; returns their number. Each link is the hash
 * of the link before it, of the row's hash and of its seal. The position is the key: of two replicas that
 * link at once, one fails with a unique violation and has changed nothing.
 */
export async function linkRows(database: Database, chain: Chain, countMax: number): Promise<number> {
  const linked = await database.query((sql) => {
    const numbered = sql`
      select coalesce((select position from head), 0) + place, id, record_hash, link, seal from links`;
    return sql`
      with recursive head as (${chain.head(sql)}),
      waiting as (
        select id, record_hash, seal, row_number() over (order by created_at, id) as place
        from (${chain.waiting(sql, countMax)}) as oldest
      ),
      links as (
        select id, record_hash, seal, place, encode(sha256(convert_to(
          coalesce((select link from head), repeat('0', 64)) || record_hash || coalesce(seal, ''), 'UTF8')),
          'hex') as link
        from waiting where place = 1
        union all
        select waiting.id, waiting.record_hash, waiting.seal, waiting.place, encode(sha256(convert_to(
          links.link || waiting.record_hash || coalesce(waiting.seal, ''), 'UTF8')), 'hex')
        from links join waiting on waiting.place = links.place + 1
      ),
      linked as (${chain.insert(sql, numbered)})
      ${chain.dequeue(sql)}`;
  });
  return linked.length;
}

export async function countUnlinked(database: Database, chain: Chain): Promise<number> {
  const [row] = await database.query((sql) => chain.count(sql) as unknown as Promise<{ count: number }[]>);
  return row?.count ?? 0;
}

interface ChainHead {
  position: number;
  link: string;
}

/** Returns the last link; position 0 of a chain without any. */
export async function selectHead(database: Database, chain: Chain): Promise<ChainHead> {
  const [head] = await database.query(
    (sql) => sql<ChainHead[]>`select position::float8 as position, link from (${chain.head(sql)}) as head`,
  );
  return head ?? { position: 0, link: '0'.repeat(64) };
}
