import { beforeAll, describe, expect, test } from 'bun:test';
import { Value } from '@sinclair/typebox/value';
import { createLifecycle } from '../../../platform/kernel/lifecycle.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { TOPICS } from '../../../platform/messaging/topics.ts';
import { eventually } from '../../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { acceptOffer, requeueStuckOffers } from './offer-store.ts';
import { startReconciler } from './reconcile-offers.ts';
import { insertUser } from '../accounts/account-store.ts';
import { SHIPPED_POLICIES } from '../policies/active-policies.ts';
import { insertShippedPolicies } from '../policies/policy-store.ts';

const runtime = createTestRuntime();
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  await insertShippedPolicies(database, SHIPPED_POLICIES);
});

/** An offer that was accepted, and its message sent, so many seconds ago. */
async function acceptedOffer(ageSeconds: number): Promise<string> {
  const userId = Bun.randomUUIDv7();
  const id = Bun.randomUUIDv7();
  await insertUser(database, { id: userId, email: `${userId}@example.com`, passwordHash: 'x' });
  await database.query(
    (sql) => sql`
      insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
      values (${id}, ${userId}, 'offered', 5000, 9.5, 'SHORT_TERM_PERSONAL_LOAN', now() + interval '7 days')`,
  );
  expect(await acceptOffer(database, { offerId: id, userId, defaultJurisdiction: null })).toBe(true);
  await database.query(
    (sql) => sql`
      with sent as (
        update outbox set sent_at = now() - make_interval(secs => ${ageSeconds}) where payload->>'offerId' = ${id}
      )
      update credit_limits set accepted_at = now() - make_interval(secs => ${ageSeconds}) where id = ${id}`,
  );
  return id;
}

async function isUnsent(offerId: string): Promise<boolean> {
  const rows = await database.query(
    (sql) => sql`select from outbox where payload->>'offerId' = ${offerId} and sent_at is null`,
  );
  return rows.length === 1;
}

describe('the reconciler', () => {
  test('emits an acceptance again that is stuck, once, and leaves a fresh one alone', async () => {
    const [stuck, fresh] = [await acceptedOffer(61), await acceptedOffer(1)];
    expect(await requeueStuckOffers(database, 60)).toEqual([stuck]);
    expect([await isUnsent(stuck), await isUnsent(fresh)]).toEqual([true, false]);
    expect(await requeueStuckOffers(database, 60)).toEqual([]);
  });

  test('emits again what is active without a notification', async () => {
    const offerId = await acceptedOffer(100);
    await database.query(
      (sql) => sql`update credit_limits set status = 'active', activated_at = now() where id = ${offerId}`,
    );
    expect(await requeueStuckOffers(database, 60)).toContain(offerId);
  });

  test.each(['accepted', 'active'])(
    'emits what is %s by hand, without times, as a message that is valid',
    async (status) => {
      const offerId = await acceptedOffer(100);
      await database.query(
        (sql) => sql`
        update credit_limits set status = ${status}, accepted_at = null, activated_at = null,
          updated_at = now() - interval '2 minutes' where id = ${offerId}`,
      );
      expect(await requeueStuckOffers(database, 60)).toContain(offerId);
      const [message] = await database.query(
        (sql) => sql<{ payload: unknown }[]>`
        select payload from outbox where topic = 'creditOffersApproved' and payload->>'offerId' = ${offerId}`,
      );
      expect(Value.Check(TOPICS.creditOffersApproved.message.schema, message?.payload)).toBe(true);
    },
  );

  test('runs by itself', async () => {
    const offerId = await acceptedOffer(100);
    const lifecycle = createLifecycle(runtime.log);
    startReconciler({ database, log: runtime.log, lifecycle });
    await eventually('the acceptance is emitted again', () => isUnsent(offerId));
    await lifecycle.stop();
  });
});
