import type { ClosedLimit } from '../../../sdk/contracts/operator-credit.ts';
import { appendAct } from '../../../platform/audit/append-act.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { queryExposure } from '../exposure-turns.ts';
import { offerColumns, queueClosing } from './offer-store.ts';

interface Closing {
  offerId: string;
  operator: string;
  reason: string;
}

/**
 * Closes an active limit of any customer, who is notified. Closing it again changes nothing. Throws AppError
 * 404 `offer_not_found` or 409 `offer_not_open`.
 */
export async function closeAsOperator(database: Database, closing: Closing): Promise<ClosedLimit> {
  const before = await selectLimit(database, closing.offerId);
  if (!before) throw problem('offer_not_found');
  await closeLimit(database, closing, before.user_id);
  const limit = await selectLimit(database, closing.offerId);
  if (!limit) throw problem('offer_not_found');
  if (limit.status !== 'closed') throw problem('offer_not_open');
  return limit;
}

/** active -> closed, with the message and the act that say so, in one statement. */
async function closeLimit(database: Database, closing: Closing, userId: string): Promise<void> {
  const { offerId, operator, reason } = closing;
  await queryExposure(
    database,
    userId,
    (sql) => sql`
      with locked as (select from customer_exposures where user_id = ${userId} for update),
      closed as (
        update credit_limits set status = 'closed', closed_at = now(), updated_at = now(),
          closed_reason = 'closed_by_operator'
        -- Counting takes the lock first, in the order of all that change a sum of limits.
        where id = ${offerId} and status = 'active' and (select count(*) from locked) >= 0
        returning *
      ),
      queued as (${queueClosing(sql)}),
      audited as (
        ${appendAct(
          sql,
          {
            actor: { kind: 'operator', name: operator },
            act: 'limit.close',
            subject: { kind: 'offer', id: sql`id` },
            customerId: sql`user_id`,
            reason,
            details: sql`jsonb_build_object('credit_limit', credit_limit)`,
          },
          sql`closed`,
        )}
      )
      select id from closed`,
  );
}

async function selectLimit(database: Database, offerId: string): Promise<ClosedLimit | null> {
  const [limit] = await database.query(
    (sql) => sql<ClosedLimit[]>`
      select user_id, ${offerColumns(sql)}, closed_reason from credit_limits where id = ${offerId}`,
  );
  return limit ?? null;
}
