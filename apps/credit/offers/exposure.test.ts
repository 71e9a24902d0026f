import { beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Database } from '../../../platform/data/sql.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { insertUser } from '../accounts/account-store.ts';

const runtime = createTestRuntime();
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

const STATUSES = ['offered', 'accepted', 'active', 'expired', 'closed'] as const;

describe('the exposure of a customer', () => {
  test('is the sum of accepted and active limits, whoever changes them and how', async () => {
    const changes = fc.array(
      fc.tuple(fc.nat({ max: 3 }), fc.constantFrom(...STATUSES), fc.integer({ min: 1, max: 9999 })),
      {
        maxLength: 12,
      },
    );
    await fc.assert(
      fc.asyncProperty(changes, async (steps) => {
        const userId = Bun.randomUUIDv7();
        await insertUser(database, { id: userId, email: `${userId}@example.com`, passwordHash: 'x' });
        const ids = Array.from({ length: 4 }, () => Bun.randomUUIDv7());
        for (const [at, status, cents] of steps) {
          await database
            .query(
              (sql) => sql`
              insert into credit_limits
                (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
              values (${ids[at] ?? ''}, ${userId}, ${status}, ${cents / 100}, 9, 'SHORT_TERM_PERSONAL_LOAN', now())
              on conflict (id) do update set status = excluded.status, credit_limit = excluded.credit_limit
              -- One open offer a customer is another rule.
              where not exists (select from credit_limits where user_id = ${userId} and status = 'offered')
                or excluded.status <> 'offered'`,
            )
            .catch((error: { code?: string }) => {
              if (error.code !== '23505') throw error;
            });
        }
        const [row] = await database.query(
          (sql) => sql<{ exposure: string; sum: string }[]>`
            select exposure, (select coalesce(sum(credit_limit), 0)::numeric(14, 2) from credit_limits
              where user_id = ${userId} and status in ('accepted', 'active')) as sum
            from customer_exposures where user_id = ${userId}`,
        );
        expect(row?.exposure).toBe(row?.sum as string);
      }),
      { numRuns: 60 },
    );
  });
});
