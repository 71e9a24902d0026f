import { beforeAll, describe, expect, test } from 'bun:test';
import type { OfferApprovedMessage } from '../../../platform/messaging/credit-topics.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { newUser } from '../../../tests/harness/analyses.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { createAcceptOffer } from './accept-offer.ts';
import { SHIPPED_POLICIES } from '../policies/active-policies.ts';
import { insertShippedPolicies } from '../policies/policy-store.ts';

const runtime = createTestRuntime();
let database: Database;
let acceptOffer: ReturnType<typeof createAcceptOffer>;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  await insertShippedPolicies(database, SHIPPED_POLICIES);
  acceptOffer = createAcceptOffer({ database });
});

async function newOffer(userId: string, expiresIn = '7 days'): Promise<string> {
  const id = Bun.randomUUIDv7();
  await database.query(
    (sql) => sql`
      insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
      values (${id}, ${userId}, 'offered', 5000, 9.5, 'SHORT_TERM_PERSONAL_LOAN', now() + ${expiresIn}::interval)`,
  );
  return id;
}

async function readOffer(id: string) {
  const [row] = await database.query(
    (
      sql,
    ) => sql`select status, (select count(*)::int from outbox where payload->>'offerId' = ${id}) as messages
      from credit_limits where id = ${id}`,
  );
  return row;
}

describe('accepting an offer', () => {
  test('stores the acceptance and its message together', async () => {
    const userId = await newUser(database);
    const id = await newOffer(userId);
    expect(await acceptOffer(id, userId)).toBe('accepted');
    expect(await readOffer(id)).toEqual({ status: 'accepted', messages: 1 });
    const [row] = await database.query(
      (sql) => sql<{ payload: OfferApprovedMessage; topic: string }[]>`
        select payload, topic from outbox where payload->>'offerId' = ${id}`,
    );
    expect(row?.topic).toBe('creditOffersApproved');
    expect(row?.payload).toEqual({
      offerId: id,
      userId,
      creditLimit: 5000,
      interestRate: 9.5,
      creditType: 'SHORT_TERM_PERSONAL_LOAN',
      acceptedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      locale: 'en',
    });
  });

  test('50 acceptances at once all succeed and leave one message', async () => {
    const userId = await newUser(database);
    const id = await newOffer(userId);
    const acceptances = await Promise.all(Array.from({ length: 50 }, () => acceptOffer(id, userId)));
    expect(new Set(acceptances)).toEqual(new Set(['accepted']));
    expect(await readOffer(id)).toEqual({ status: 'accepted', messages: 1 });
  });

  test("another's offer is not found and stays as it is", async () => {
    const id = await newOffer(await newUser(database));
    expect(await acceptOffer(id, await newUser(database))).toBe('not_found');
    expect(await readOffer(id)).toEqual({ status: 'offered', messages: 0 });
  });

  test('an offer past its time is expired, by the clock of the database', async () => {
    const userId = await newUser(database);
    const id = await newOffer(userId, '-1 millisecond');
    expect(await acceptOffer(id, userId)).toBe('expired');
    expect(await readOffer(id)).toEqual({ status: 'offered', messages: 0 });
  });

  test('an acceptance that would raise the sum of limits above the highest exposure is not made', async () => {
    const userId = await newUser(database);
    const first = await newOffer(userId);
    expect(await acceptOffer(first, userId)).toBe('accepted');
    await database.query(
      (sql) => sql`update customer_exposures set exposure = 5000.01 where user_id = ${userId}`,
    );
    const second = await newOffer(userId);
    expect(await acceptOffer(second, userId)).toBe('exposure_limit_reached');
    expect(await readOffer(second)).toEqual({ status: 'offered', messages: 0 });
    await database.query(
      (sql) => sql`update customer_exposures set exposure = 5000 where user_id = ${userId}`,
    );
    expect(await acceptOffer(second, userId)).toBe('accepted');
  });

  test('an unknown offer is not found', async () => {
    expect(await acceptOffer(Bun.randomUUIDv7(), await newUser(database))).toBe('not_found');
  });
});
