import { createHash } from 'node:crypto';
import type { PendingQuery, Row } from 'postgres';
import { emailKey } from '../../../sdk/contracts/email.ts';
import { appendAct } from '../../../platform/audit/append-act.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';
import type { CustomerTable } from '../../../platform/privacy/inventory.ts';
import { type DecisionRow, decisionColumns, updateToRemainders } from '../decision-remainders.ts';
import { ownedBy } from '../owned-by.ts';

/** The statements of an erasure. Each may be run again: it finds the rows that are left. */
const ROWS_PER_STATEMENT = 5000;
const DECISIONS_PER_STATEMENT = 50;
/** By default the driver has a text planned anew each time, which costs more than a customer's few rows. */
const PLANNED_ONCE = { prepare: true };

/** Deletes the rows of a customer in a table, a bounded number a statement; returns how many there were. */
export async function deleteRows(
  database: Database,
  { table, owner, order = [] }: CustomerTable,
  userId: string,
): Promise<number> {
  const columns = order.map((name) => `"${name}"`).join(', ');
  let deleted = 0;
  for (;;) {
    const rows = await database.query((sql) =>
      sql.unsafe(
        `delete from "${table}" where ${ownedBy(owner)} and (${columns}) in (
          select ${columns} from "${table}" where ${ownedBy(owner)} order by ${columns} limit $2)`,
        [userId, ROWS_PER_STATEMENT],
        PLANNED_ONCE,
      ),
    );
    deleted += rows.count;
    if (rows.count < ROWS_PER_STATEMENT) return deleted;
  }
}

/** Ends the open offers and limits of a customer, and takes the customer out of all of them. */
export async function anonymizeLimits(database: Database, userId: string): Promise<number> {
  const rows = await database.query(
    (sql) => sql`
      update credit_limits set
        user_id = null, updated_at = now(),
        status = case when status = 'offered' then 'expired'
          when status in ('accepted', 'active') then 'closed' else status end,
        closed_at = case when status in ('accepted', 'active') then now() else closed_at end,
        closed_reason = case when status in ('accepted', 'active') then 'closed_by_customer'
          else closed_reason end
      where user_id = ${userId}`,
  );
  return rows.count;
}

/** Takes the customer and emotions out of decisions; the remainder has the hash that the chain knows. */
export async function anonymizeDecisions(database: Database, userId: string): Promise<number> {
  let count = 0;
  for (;;) {
    const rows = await database.query(
      (sql) => sql<DecisionRow[]>`
        select ${decisionColumns(sql)} from credit_analyses
        where user_id = ${userId} order by id limit ${DECISIONS_PER_STATEMENT}`,
    );
    if (rows.length === 0) return count;
    await updateToRemainders(database, rows);
    count += rows.length;
  }
}

/** Deletes responses under keys of logins and registrations, which are scoped by a hash of the e-mail. */
export async function deleteKeysOfEmail(database: Database, userId: string): Promise<number> {
  const [user] = await database.query(
    (sql) => sql<{ email: string }[]>`select email from users where id = ${userId}`,
  );
  if (!user) return 0;
  const scope = `anonymous:${createHash('sha256').update(emailKey(user.email)).digest('base64url')}`;
  const rows = await database.query(
    (sql) => sql`delete from idempotency_keys where scope = ${scope} or starts_with(scope, ${`${scope}:`})`,
  );
  return rows.count;
}

/**
 * Deletes responses to operators under their keys: they may be about the customer, and are sealed, so nobody
 * can tell by the row. A retry is judged anew, by the state that it finds.
 */
export async function deleteResponsesToOperators(database: Database): Promise<void> {
  await database.query(
    (sql) => sql`delete from idempotency_keys where starts_with(scope, 'operator ') and answer is not null`,
  );
}

/** Predictions of decisions that lost their customer a moment ago: the challenger may have been at work. */
export async function deleteLatePredictions(database: Database): Promise<void> {
  await database.query(
    (sql) => sql`
      delete from challenger_predictions where analysis_id in (
        select id from credit_analyses where erased_at > now() - interval '1 day')`,
  );
}

/**
 * Deletes the account, takes the customer out of the audit log, and enters the act there with the ids of all
 * acts that lost their customer, in one statement: from here on no event, decision or notification of the
 * customer is stored.
 */
export async function eraseAccount(
  database: Database,
  erasure: Erasure,
  counts: Record<string, number>,
): Promise<void> {
  const { userId, customerHash } = erasure;
  await database.query(
    (sql) => sql`
      with due as ( -- Of two processes at once the first: the other one waits for it, and finds none.
        select customer_hash from erasures
        where customer_hash = ${customerHash} and erased_at is null and rows_erased_at is null for update
      ),
      ${anonymousActs(sql, erasure, sql`select from due`)},
      gone as (delete from users where id = ${userId} and (select count(*) from due) >= 0)
      update erasures set rows_erased_at = now(), counts = ${sql.json(counts)}::jsonb
      where customer_hash in (select customer_hash from due)`,
  );
}

/** Takes the customer out of acts that were entered after the account had gone. */
export async function anonymizeLateActs(database: Database, erasure: Erasure): Promise<void> {
  await database.query(
    (sql) => sql`
      with ${anonymousActs(sql, erasure, sql`select from named where cardinality(ids) > 0`)}
      select from act`,
  );
}

interface Erasure {
  userId: string;
  customerHash: string;
  requestedBy: string;
}

/** The steps of a statement that take the customer out of acts; `when` has a row where they are an act. */
function anonymousActs(sql: Sql, { userId, customerHash, requestedBy }: Erasure, when: PendingQuery<Row[]>) {
  const isOperator = !['customer', 'restore'].includes(requestedBy);
  const act = appendAct(
    sql,
    {
      actor: isOperator ? { kind: 'operator', name: requestedBy } : { kind: 'system', name: 'privacy' },
      act: 'customer.erase',
      subject: { kind: 'customer', id: customerHash },
      details: sql`jsonb_build_object(
        'requested_by', ${isOperator ? 'operator' : requestedBy}::text,
        'acts', (select to_jsonb(ids) from named))`,
    },
    sql`(${when}) as occasion`,
  );
  return sql`
    named as (
      select coalesce(array_agg(id order by id), '{}') as ids
      from audit_log where customer_id = ${userId}::uuid
    ),
    act as (${act} returning id),
    anonymous as (
      update audit_log set customer_id = null, reason = null, salt = null, erased_by = act.id
      from act, named where audit_log.id = any(ids)
    )`;
}
