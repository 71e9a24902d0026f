import { beforeAll, expect, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { requeueStuckOffers, selectOffers } from './offer-store.ts';

const runtime = createTestRuntime();
let database: Database;
beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

interface Stored {
  status: string;
  /** Seconds since each time; null where the row has none. */
  acceptedAgo?: number | null;
  activatedAgo?: number | null;
  updatedAgo?: number;
  createdAgo?: number;
}

async function storeOffers(offers: Stored[], userId = Bun.randomUUIDv7()): Promise<string[]> {
  await database.query(
    (sql) => sql`insert into users (id, email, password_hash) values (${userId}, ${userId}, 'x')`,
  );
  const ids: string[] = [];
  for (const { status, acceptedAgo = null, activatedAgo = null, updatedAgo = 0, createdAgo = 0 } of offers) {
    const id = Bun.randomUUIDv7();
    ids.push(id);
    await database.query(
      (sql) => sql`
        insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at,
          accepted_at, activated_at, updated_at, created_at)
        values (${id}, ${userId}, ${status}, 1000, 9.5, 'SHORT_TERM_PERSONAL_LOAN', now() + interval '1 day',
          now() - make_interval(secs => ${acceptedAgo}), now() - make_interval(secs => ${activatedAgo}),
          now() - make_interval(secs => ${updatedAgo}), now() - make_interval(secs => ${createdAgo}))`,
    );
  }
  return ids;
}

const HOUR = 3600;

test('an acceptance without an activation is stuck after 60 s, an activation without a notice for a day', async () => {
  const offers: [Stored, isStuck: boolean][] = [
    [{ status: 'accepted', acceptedAgo: 40, updatedAgo: HOUR }, false],
    [{ status: 'accepted', acceptedAgo: 61, updatedAgo: 0 }, true],
    [{ status: 'accepted', updatedAgo: 40 }, false],
    [{ status: 'accepted', updatedAgo: 61 }, true],
    [{ status: 'active', activatedAgo: 24 * HOUR - 40, updatedAgo: 48 * HOUR }, true],
    [{ status: 'active', activatedAgo: 24 * HOUR + 1, updatedAgo: 0 }, false],
    [{ status: 'active', updatedAgo: 24 * HOUR - 40 }, true],
    [{ status: 'active', updatedAgo: 24 * HOUR + 1 }, false],
    [{ status: 'offered', updatedAgo: HOUR }, false],
    [{ status: 'closed', activatedAgo: HOUR, updatedAgo: HOUR }, false],
  ];
  const ids: string[] = [];
  for (const [offer] of offers) ids.push(...(await storeOffers([offer])));
  const requeued = new Set(await requeueStuckOffers(database, 60));
  expect(ids.map((id) => requeued.has(id))).toEqual(offers.map(([, isStuck]) => isStuck));
  // An offer of just now is on its way.
  expect(await requeueStuckOffers(database, 60)).toEqual([]);
});

test('offers come newest first in pages of any size, with the number of all', async () => {
  const userId = Bun.randomUUIDv7();
  const ids = await storeOffers(
    [50, 10, 40, 20, 30].map((createdAgo) => ({ status: 'expired', createdAgo })),
    userId,
  );
  const newestFirst = [1, 3, 4, 2, 0].map((at) => ids[at] as string);
  const pages = await Promise.all(
    [1, 2, 3, 4].map((number) => selectOffers(database, userId, { number, size: 2 })),
  );
  expect(pages.map(({ total }) => total)).toEqual([5, 5, 5, 5]);
  expect(pages.map(({ items }) => items.map(({ offer_id }) => offer_id))).toEqual([
    newestFirst.slice(0, 2),
    newestFirst.slice(2, 4),
    newestFirst.slice(4),
    [],
  ]);
  expect(await selectOffers(database, Bun.randomUUIDv7(), { number: 1, size: 2 })).toEqual({
    total: 0,
    items: [],
  });
});
