import type { Sql } from '../../../platform/data/sql.ts';
import { EcsClient } from '../../../sdk/client.ts';
import type { Customer } from '../customers.ts';
import { insist, insistOnce, type NightStage } from './night-stage.ts';

/** Accepts an offer of a customer, waits for its limit and closes it, one after the other; counts them. */
export async function closeLimits(stage: NightStage, customer: Customer, over: AbortSignal): Promise<number> {
  const { system, query, random } = stage;
  const { offers } = new EcsClient({ baseUrl: system.url, token: customer.token });
  let closed = 0;
  while (!over.aborted) {
    const offerId = random.uuid();
    const addOffer = (sql: Sql) => sql`
      insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
      values (${offerId}, ${customer.id}, 'offered', 500, 9.5, 'SHORT_TERM_PERSONAL_LOAN',
        now() + interval '1 day')
      on conflict (id) do nothing`;
    await insist('an offer', () => query(addOffer));
    await insist('an acceptance', () => offers.accept(offerId).waitUntilActive({ timeoutMs: 30_000 }));
    await insistOnce('a closing', 'offer_not_open', () => offers.close(offerId, {}));
    closed += 1;
    await Bun.sleep(random.integer(100, 1000));
  }
  return closed;
}
