import { isoMillis, isoSeconds } from '../data/iso-time.ts';
import type { Database, Sql } from '../data/sql.ts';
import type { SearchedPlace } from '../messaging/erase-lines.ts';

/** An erasure under way: the id is known until its last step. */
export interface OpenErasure {
  customerHash: string;
  userId: string;
  requestedBy: string;
  /** `requested`: its rows are to be erased; `settled`: they were, and late writes had time to arrive. */
  state: 'requested' | 'settled';
  /** Up to where streams were searched for the customer, by their names. */
  searched: Record<string, SearchedPlace>;
}

/**
 * Returns the open erasures that can go on, the oldest first: at most `countMax` requests, and as many that
 * have settled, since neither is to delay the other. After a reading of the streams has begun, its erasures
 * are the only ones of these: they share it, and it goes on where it was.
 */
export function selectOpen(
  database: Database,
  { settleSeconds, countMax }: { settleSeconds: number; countMax: number },
): Promise<OpenErasure[]> {
  return database.query(
    (sql) => sql<OpenErasure[]>`
      with settled as (
        select *, searched <> '{}' as is_begun from erasures
        where erased_at is null and rows_erased_at < now() - make_interval(secs => ${settleSeconds})
      ),
      selected as (
        (select customer_hash, user_id, requested_by, searched, 'requested' as state from erasures
          where erased_at is null and rows_erased_at is null
          order by requested_at limit ${countMax})
        union all
        (select customer_hash, user_id, requested_by, searched, 'settled' as state from settled
          where is_begun = (select bool_or(is_begun) from settled)
          order by requested_at limit ${countMax})
      )
      select customer_hash as "customerHash", user_id as "userId", requested_by as "requestedBy",
        state, searched
      from selected`,
  );
}

/** Keeps up to where a stream was searched for customers, and how many messages had lines of them. */
export async function keepSearched(
  database: Database,
  customerHashes: string[],
  { stream, place, messages }: { stream: string; place: SearchedPlace; messages: number },
): Promise<void> {
  await database.query(
    (sql) => sql`
      update erasures set searched = searched || ${sql.json({ [stream]: { ...place } })}::jsonb,
        counts = ${withMessages(sql, messages)}
      where customer_hash = any (${customerHashes}::text[]) and erased_at is null`,
  );
}

/** Ends erasures: removes the ids of their customers. */
export async function finishErasures(
  database: Database,
  customerHashes: string[],
  messages: number,
): Promise<void> {
  await database.query(
    (sql) => sql`
      update erasures set erased_at = now(), user_id = null, searched = '{}',
        counts = ${withMessages(sql, messages)}
      where customer_hash = any (${customerHashes}::text[]) and erased_at is null`,
  );
}

/** The counts of an erasure with so many messages more. */
const withMessages = (sql: Sql, messages: number) => sql`
  counts || jsonb_build_object('messages', coalesce((counts->>'messages')::int, 0) + ${messages}::int)`;

export async function selectBacklog(database: Database): Promise<{ open: number; oldestSeconds: number }> {
  const [row] = await database.query(
    (sql) => sql<{ open: number; oldestSeconds: number }[]>`
      select count(*)::int as open,
        coalesce(extract(epoch from now() - min(requested_at)), 0)::float8 as "oldestSeconds"
      from erasures where erased_at is null`,
  );
  return row ?? { open: 0, oldestSeconds: 0 };
}

/** Returns all hashes of the ledger with the times of their requests. */
export async function selectLedger(database: Database): Promise<Map<string, string>> {
  const rows = await database.query(
    (sql) => sql<{ customerHash: string; requestedAt: string }[]>`
      select customer_hash as "customerHash",
        ${isoMillis(sql, 'requested_at')} as "requestedAt"
      from erasures`,
  );
  return new Map(rows.map(({ customerHash, requestedAt }) => [customerHash, requestedAt]));
}

/**
 * Enters erasures that a restored database has forgotten, and opens those of customers that are back; an
 * erasure without a customer here is over at once. Returns how many were opened.
 */
export async function insertForgotten(
  database: Database,
  forgotten: { customerHash: string; requestedAt: string; userId: string | null }[],
): Promise<number> {
  const rows = await database.query(
    (sql) => sql<{ isOpen: boolean }[]>`
      insert into erasures as known (customer_hash, user_id, requested_by, requested_at, erased_at)
      select customer_hash, user_id, 'restore', requested_at, case when user_id is null then now() end
      from unnest(
        ${forgotten.map(({ customerHash }) => customerHash)}::text[],
        ${forgotten.map(({ userId }) => userId)}::uuid[],
        ${forgotten.map(({ requestedAt }) => requestedAt)}::text[]::timestamptz[]
      ) as forgotten (customer_hash, user_id, requested_at)
      on conflict (customer_hash) do update
        set user_id = excluded.user_id, erased_at = null, rows_erased_at = null
        where known.erased_at is not null and excluded.user_id is not null
      returning user_id is not null as "isOpen"`,
  );
  return rows.filter(({ isOpen }) => isOpen).length;
}

/** Yields the ids of all customers, a page at a time. */
export async function* pagesOfCustomerIds(database: Database, size: number): AsyncGenerator<string[]> {
  let after: string | null = null;
  for (;;) {
    const ids: string[] = await selectCustomerIds(database, after, size);
    yield ids;
    after = ids.at(-1) ?? null;
    if (ids.length < size) return;
  }
}

/** Ids of customers after one, in their order. */
async function selectCustomerIds(database: Database, after: string | null, size: number): Promise<string[]> {
  const rows = await database.query(
    (sql) => sql<{ id: string }[]>`
      select id from users where ${after}::uuid is null or id > ${after}::uuid order by id limit ${size}`,
  );
  return rows.map(({ id }) => id);
}

interface StrayMessage {
  stream: string;
  sequence: number;
}

export function selectStrays(database: Database, countMax: number): Promise<StrayMessage[]> {
  return database.query(
    (sql) => sql<StrayMessage[]>`
      select stream, sequence::float8 as sequence from stray_messages order by noticed_at limit ${countMax}`,
  );
}

export async function deleteStray(database: Database, { stream, sequence }: StrayMessage): Promise<void> {
  await database.query(
    (sql) => sql`delete from stray_messages where stream = ${stream} and sequence = ${sequence}`,
  );
}

/** Enters the request to erase a customer; false when it is there already. */
export async function insertErasure(
  sql: Sql,
  erasure: { customerHash: string; userId: string; requestedBy: string },
): Promise<boolean> {
  const rows = await sql`
    insert into erasures (customer_hash, user_id, requested_by)
    values (${erasure.customerHash}, ${erasure.userId}, ${erasure.requestedBy})
    on conflict do nothing returning 1`;
  return rows.length > 0;
}

/** When a customer was erased; null while it is under way, undefined when nobody asked. */
export async function selectErasedAt(sql: Sql, customerHash: string): Promise<string | null | undefined> {
  const [row] = await sql<{ erasedAt: string | null }[]>`
    select ${isoSeconds(sql, 'erased_at')} as "erasedAt"
    from erasures where customer_hash = ${customerHash}`;
  return row?.erasedAt;
}
