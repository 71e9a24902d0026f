import type { PendingQuery, Row } from 'postgres';
import type { ActName } from '../../sdk/contracts/audit-acts.ts';
import type { Sql } from '../data/sql.ts';

type Expression = PendingQuery<Row[]>;
type Text = string | null | Expression;

/**
 * An act as it is kept. Customers are named by `customerId` alone: it and the reason can be erased, the other
 * columns never, so no secret and nothing about a person belongs there.
 */
export interface Act {
  /** A customer has no other name than `customerId`. */
  actor: { kind: 'operator' | 'system' | 'database'; name: string | Expression } | { kind: 'customer' };
  /** `subject.verb`, in lower case. */
  act: ActName | Expression;
  subject: { kind: string; id: Text };
  customerId?: Text;
  reason?: Text;
  /** A JSON object: ASCII names, and numbers that need no exponent. */
  details?: Expression | Record<string, string | number | boolean | null>;
}

/**
 * A step of a statement that appends an act to the audit log, once for each row of the step `from`; without
 * it, once. Expressions are over that step's columns. The database adds time and hashes.
 */
export const appendAct = (sql: Sql, act: Act, from?: Expression) => sql`
  insert into audit_log (actor_kind, actor, act, subject_kind, subject_id, customer_id, reason, details)
  select ${act.actor.kind}::text, ${act.actor.kind === 'customer' ? null : act.actor.name}::text,
    ${act.act}::text, ${act.subject.kind}::text, (${act.subject.id})::text,
    (${act.customerId ?? null})::uuid, (${act.reason ?? null})::text,
    ${detailsOf(sql, act.details ?? {})}
  ${from ? sql`from ${from}` : sql``}`;

function detailsOf(sql: Sql, details: NonNullable<Act['details']>): Expression {
  if (details instanceof Promise) return sql`(${details})::jsonb`;
  return sql`${sql.json(details)}::jsonb`;
}
