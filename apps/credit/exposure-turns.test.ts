import { afterEach, beforeAll, describe, expect, test } from 'bun:test';
import postgres from 'postgres';
import type { Database } from '../../platform/data/sql.ts';
import type { AppError } from '../../platform/kernel/errors.ts';
import { newAnalysis, newUser } from '../../tests/harness/analyses.ts';
import { createTestDatabase, eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { createRecordAnalysis } from './analysis/record-analysis.ts';
import { changeConsent } from './consents/consent-store.ts';
import { createAcceptOffer } from './offers/accept-offer.ts';
import { closeAsOperator } from './offers/close-as-operator.ts';
import { createCloseOffer } from './offers/close-offer.ts';
import { SHIPPED_POLICIES } from './policies/active-policies.ts';
import { insertShippedPolicies } from './policies/policy-store.ts';
import { countLockWaits } from '../../tests/harness/lock-waits.ts';

/** Four times the connections of a process. */
const REQUESTS = 40;
const runtime = createTestRuntime();
let url: string;
let database: Database;
let locker: postgres.Sql | undefined;

beforeAll(async () => {
  url = await createTestDatabase();
  database = await openTestDatabase(runtime, url);
  await insertShippedPolicies(database, SHIPPED_POLICIES);
});

afterEach(async () => {
  await locker?.end({ timeout: 0 });
});

async function newOffer(userId: string, status = 'offered'): Promise<string> {
  const id = Bun.randomUUIDv7();
  await database.query(
    (sql) => sql`
      insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at,
        activated_at)
      values (${id}, ${userId}, ${status}, 100, 9.5, 'SHORT_TERM_PERSONAL_LOAN', now() + interval '7 days',
        now())`,
  );
  return id;
}

/** A session of psql that holds a customer. */
async function lock(userId: string): Promise<void> {
  locker = postgres(url, { max: 1 });
  await locker`begin`;
  await locker`select from customer_exposures where user_id = ${userId} for update`;
}

/** The changes of a customer that wait for the exposure. */
async function changesOf(userId: string) {
  const offerId = await newOffer(userId);
  const analysis = await newAnalysis(userId);
  const limitId = await newOffer(await newUser(database), 'active');
  await database.query((sql) => sql`update credit_limits set user_id = ${userId} where id = ${limitId}`);
  const acceptOffer = createAcceptOffer({ database });
  const closeOffer = createCloseOffer({ database, defaultJurisdiction: null });
  const recordAnalysis = createRecordAnalysis(database);
  return {
    accept: () => acceptOffer(offerId, userId),
    close: () => closeOffer(limitId, userId, null),
    closeAsOperator: () => closeAsOperator(database, { offerId: limitId, operator: 'ann', reason: 'asked' }),
    analyze: () =>
      recordAnalysis({ ...analysis, record: { ...analysis.record, analysis_id: Bun.randomUUIDv7() } }),
    consent: () => changeConsent(database, { userId, purpose: 'offers', granted: true, text_version: '1' }),
  };
}

describe('a customer that somebody has locked', () => {
  test.each(['accept', 'close', 'closeAsOperator', 'analyze', 'consent'] as const)(
    `with ${REQUESTS} requests to %s keeps no other customer waiting`,
    async (change) => {
      const lockedId = await newUser(database);
      const changes = await changesOf(lockedId);
      const otherId = await newUser(database);
      const offerId = await newOffer(otherId);
      const analysis = await newAnalysis(await newUser(database));
      await lock(lockedId);
      const send = () => Promise.all(Array.from({ length: REQUESTS }, () => outcomeOf(changes[change]())));
      let outcomes = send();
      await eventually('a statement waits', () => {
        // A machine that stood still for longer than they wait has seen none of them: they come again.
        if (Bun.peek.status(outcomes) === 'fulfilled') outcomes = send();
        return isWaited();
      });
      expect(await createAcceptOffer({ database })(offerId, otherId)).toBe('accepted');
      expect(await createRecordAnalysis(database)(analysis)).not.toBeNull();
      const errors = await outcomes;
      expect(errors.every((error) => error?.status === 503)).toBe(true);
      const late = errors.filter((error) => error?.code === 'overloaded');
      expect(late.length).toBeGreaterThanOrEqual(REQUESTS - 2);
    },
    15_000,
  );
});

/** The error of a change; null of one that came about. */
const outcomeOf = (change: Promise<unknown>): Promise<AppError | null> =>
  change.then(
    () => null,
    (error: unknown) => error as AppError,
  );

/** Whether a statement waits for a lock. */
const isWaited = async (): Promise<boolean> => (await countLockWaits(locker as postgres.Sql)) > 0;
