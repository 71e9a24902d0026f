import { beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Database } from '../../../platform/data/sql.ts';
import { DeadlineError } from '../../../platform/kernel/lifecycle.ts';
import { newUser } from '../../../tests/harness/analyses.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { createTestDatabase } from '../../../tests/harness/engines.ts';
import type { FeatureVector } from '../../../underwriting/risk-model.ts';
import { createDecideCredit } from '../analysis/decide-credit.ts';
import { openActivePolicies } from '../policies/active-policies.ts';
import { createAcceptOffer } from './accept-offer.ts';
import { closeOffer } from './offer-store.ts';

const EXPOSURE_MAX = 10_000;
const CUSTOMERS = 3;
const RUNS = Number(process.env.EXPOSURE_RUNS ?? 300);
const runtime = createTestRuntime();

/** Two replicas: each with connections, policies and flows of its own, on one database. */
let replicas: Awaited<ReturnType<typeof openReplica>>[];
let database: Database;

async function openReplica(url: string) {
  const replica = await openTestDatabase(runtime, url);
  const policies = openActivePolicies({ database: replica, lifecycle: runtime.lifecycle, log: runtime.log });
  const deps = { database: replica, defaultJurisdiction: null };
  return {
    decide: createDecideCredit({
      ...deps,
      readFacts: (userIds, read) => read(replica, userIds),
      policies,
      riskModel: {
        assess: async (vectors: FeatureVector[]) =>
          vectors.map(() => ({ risk_score: Math.random() * 0.5, model_version: 'test', contributions: {} })),
        status: () => ({ state: 'closed', failures: 0, nextProbeAt: null }),
        close: async () => {},
      },
    }),
    accept: createAcceptOffer(deps),
    close: (offerId: string, userId: string) =>
      closeOffer(replica, { ...deps, offerId, userId, reason: null }),
  };
}

beforeAll(async () => {
  const url = await createTestDatabase();
  database = await openTestDatabase(runtime, url);
  replicas = [await openReplica(url), await openReplica(url)];
});

type Act = 'analyze' | 'accept' | 'activate' | 'close' | 'expire' | 'newFacts' | 'import';
const ACTS: Act[] = [
  'analyze',
  'analyze',
  'accept',
  'accept',
  'activate',
  'close',
  'expire',
  'newFacts',
  'import',
];

describe('any interleaving of analyses, acceptances, closings and expiries over two replicas', () => {
  test(`never raises the sum of limits above the highest exposure, in ${RUNS} histories`, async () => {
    // Analyses of several customers at once share a statement.
    const step = fc.tuple(fc.nat({ max: 1 }), fc.constantFrom(...ACTS), fc.nat({ max: CUSTOMERS - 1 }));
    const histories = fc.array(step, { minLength: 6, maxLength: 36 });
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(histories, fc.integer({ min: 1, max: 9 }), async (history, atOnce) => {
        const userIds = await Promise.all(Array.from({ length: CUSTOMERS }, () => newUser(database)));
        for (let start = 0; start < history.length; start += atOnce) {
          await Promise.all(
            history.slice(start, start + atOnce).map(async ([replica, act, customer]) => {
              const userId = userIds[customer] as string;
              const performed = perform(replicas[replica] as (typeof replicas)[0], act, userId);
              accepted += Number(await performed.catch(unlessLate));
            }),
          );
          for (const state of await Promise.all(userIds.map(stateOf))) {
            expect(state.sum).toBeLessThanOrEqual(EXPOSURE_MAX);
            expect(state.exposure).toBe(state.sum);
            expect(state.open).toBeLessThanOrEqual(1);
          }
        }
      }),
      { numRuns: RUNS },
    );
    // Some 100 of 300 are usual, by chance: acceptances take part.
    expect(accepted).toBeGreaterThan(RUNS / 10);
  });
});

/** A statement that a busy machine did not end in time may have happened or not; a deadlock is a fault. */
function unlessLate(error: unknown): boolean {
  if (error instanceof Error && error.cause instanceof DeadlineError) return false;
  throw error;
}

/** Returns whether an offer was accepted. */
async function perform(replica: (typeof replicas)[0], act: Act, userId: string): Promise<boolean> {
  if (act === 'analyze') await replica.decide(userId, 'trace');
  if (act === 'newFacts') await addTransactions(userId);
  if (act === 'import') await importLimit(userId);
  const offer = await anyOffer(userId, act);
  if (!offer) return false;
  if (act === 'accept') return (await replica.accept(offer, userId)) === 'accepted';
  if (act === 'close') await replica.close(offer, userId);
  if (act === 'activate' || act === 'expire')
    await setStatus(offer, act === 'activate' ? 'active' : 'expired');
  return false;
}

async function addTransactions(userId: string): Promise<void> {
  await database.query(
    (sql) => sql`
      insert into transaction_daily_sums as day (user_id, summary_date, transaction_count, amount_sum)
      values (${userId}, (now() at time zone 'utc')::date, 1, 60)
      on conflict (user_id, summary_date) do update set transaction_count = day.transaction_count + 1`,
  );
}

/** A limit that came from elsewhere while an offer is open: the offer was made without it. */
async function importLimit(userId: string): Promise<void> {
  await database.query(
    (sql) => sql`
      with locked as (select exposure from customer_exposures where user_id = ${userId} for update)
      insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
      select ${Bun.randomUUIDv7()}, ${userId}, 'active', 1500, 9, 'SHORT_TERM_PERSONAL_LOAN', now()
      from locked where exposure + 1500 <= ${EXPOSURE_MAX}`,
  );
}

const NEEDED_STATUS: Partial<Record<Act, string>> = {
  accept: 'offered',
  expire: 'offered',
  activate: 'accepted',
  close: 'active',
};

async function anyOffer(userId: string, act: Act): Promise<string | null> {
  const status = NEEDED_STATUS[act];
  if (!status) return null;
  const [row] = await database.query(
    (sql) => sql<{ id: string }[]>`
      select id from credit_limits where user_id = ${userId} and status = ${status} limit 1`,
  );
  return row?.id ?? null;
}

/** As the background does: an activation, or the expiry of an open offer. */
async function setStatus(offerId: string, status: 'active' | 'expired'): Promise<void> {
  const before = status === 'active' ? 'accepted' : 'offered';
  await database.query(
    (sql) => sql`
      update credit_limits set status = ${status}, activated_at = now()
      where id = ${offerId} and status = ${before}`,
  );
}

async function stateOf(userId: string): Promise<{ sum: number; exposure: number; open: number }> {
  const [row] = await database.query(
    (sql) => sql<{ sum: number; exposure: number; open: number }[]>`
      select coalesce(sum(credit_limit) filter (where status in ('accepted', 'active')), 0)::float8 as sum,
        count(*) filter (where status = 'offered')::int as open,
        (select exposure::float8 from customer_exposures where user_id = ${userId}) as exposure
      from credit_limits where user_id = ${userId}`,
  );
  return row ?? { sum: 0, exposure: 0, open: 0 };
}
