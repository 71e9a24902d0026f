import { insertUser } from '../../apps/credit/accounts/account-store.ts';
import type { NewAnalysis } from '../../apps/credit/analysis/record-store.ts';
import type { Database } from '../../platform/data/sql.ts';
import { decideOn } from '../../underwriting/decision/test-records.ts';

/** Registers a customer; returns its id. */
export async function newUser(database: Database): Promise<string> {
  const id = Bun.randomUUIDv7();
  await insertUser(database, { id, email: `${id}@example.com`, passwordHash: 'x' });
  return id;
}

/** An analysis that is not recorded yet, of a customer without an earlier one. */
export async function newAnalysis(userId: string): Promise<NewAnalysis> {
  const record = { ...(await decideOn(1)), user_id: userId, analysis_id: Bun.randomUUIDv7() };
  return {
    record,
    recordHash: 'hash',
    reasons: [],
    basis: 'basis',
    exposureVersion: '0',
    offerId: Bun.randomUUIDv7(),
    offerDays: 7,
    message: null,
  };
}
