import { beforeAll, expect, test } from 'bun:test';
import type { Database } from '../../../platform/data/sql.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { insertUser } from '../accounts/account-store.ts';
import { SHIPPED_POLICIES } from '../policies/active-policies.ts';
import { insertShippedPolicies } from '../policies/policy-store.ts';
import { createCloseOffer } from './close-offer.ts';

const runtime = createTestRuntime();
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  await insertShippedPolicies(database, SHIPPED_POLICIES);
});

async function acceptedOffer() {
  const [userId, offerId] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()];
  await insertUser(database, { id: userId, email: `${userId}@example.com`, passwordHash: 'x' });
  await database.query(
    (sql) => sql`
      insert into credit_limits
        (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at, accepted_at)
      values (${offerId}, ${userId}, 'accepted', 5000, 9.5, 'SHORT_TERM_PERSONAL_LOAN', now(), now())`,
  );
  return { userId, offerId };
}

const activate = (offerId: string, daysAgo: number, minutesMore = 0) =>
  database.query(
    (sql) => sql`
      update credit_limits set status = 'active',
        activated_at = now() - make_interval(days => ${daysAgo}, mins => ${minutesMore})
      where id = ${offerId}`,
  );

/** A database with an offer that becomes active after the first statement. */
function activating(offerId: string, daysAgo: number): Database {
  let statements = 0;
  return {
    ...database,
    query: async (statement, deadlineMs) => {
      const rows = await database.query(statement, deadlineMs);
      statements += 1;
      if (statements === 1) await activate(offerId, daysAgo);
      return rows;
    },
  };
}

test.each([null, 'withdrawn', 'closed_by_customer'] as const)(
  'an offer that becomes active while it is closed is closed, for the reason %p',
  async (reason) => {
    const { userId, offerId } = await acceptedOffer();
    const closeOffer = createCloseOffer({ database: activating(offerId, 0), defaultJurisdiction: null });
    expect(await closeOffer(offerId, userId, reason)).toMatchObject({ status: 'closed' });
  },
);

test('a withdrawal after its days is refused, and leaves the limit active', async () => {
  const { userId, offerId } = await acceptedOffer();
  await activate(offerId, 14, 1);
  const closeOffer = createCloseOffer({ database, defaultJurisdiction: null });
  await expect(closeOffer(offerId, userId, 'withdrawn')).rejects.toThrow(
    expect.objectContaining({ code: 'withdrawal_period_over' }),
  );
  expect(await closeOffer(offerId, userId, null)).toMatchObject({ status: 'closed' });
});

test.each([
  [-1, null, 'withdrawn'],
  [-1, 'withdrawn', 'withdrawn'],
  [-1, 'closed_by_customer', 'closed_by_customer'],
  [1, null, 'closed_by_customer'],
] as const)(
  '14 days and %p minutes after it became active, closing for %p is %p',
  async (minutes, requestedReason, reason) => {
    const { userId, offerId } = await acceptedOffer();
    await activate(offerId, 14, minutes);
    await createCloseOffer({ database, defaultJurisdiction: null })(offerId, userId, requestedReason);
    const [row] = await database.query(
      (sql) => sql<{ reason: string }[]>`
      select closed_reason as reason from credit_limits where id = ${offerId}`,
    );
    expect(row?.reason).toBe(reason);
  },
);

test('an offer that is no active limit is not closed: 409, and 404 for another customer', async () => {
  const { userId, offerId } = await acceptedOffer();
  const closeOffer = createCloseOffer({ database, defaultJurisdiction: null });
  const problemOf = (owner: string) =>
    closeOffer(offerId, owner, null).then(
      () => null,
      ({ code }: { code: string }) => code,
    );
  expect(await problemOf(userId)).toBe('offer_not_open');
  expect(await problemOf(Bun.randomUUIDv7())).toBe('offer_not_found');
  await activate(offerId, 0);
  expect(await problemOf(Bun.randomUUIDv7())).toBe('offer_not_found');
  expect(await problemOf(userId)).toBeNull();
  expect(await problemOf(userId)).toBeNull();
  const [row] = await database.query(
    (sql) => sql<{ exposure: number }[]>`
      select exposure::float8 as exposure from customer_exposures where user_id = ${userId}`,
  );
  expect(row?.exposure).toBe(0);
});
