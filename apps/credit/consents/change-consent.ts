import {
  type Consent,
  type ConsentChange,
  type ConsentPurpose,
  unsaidConsent,
} from '../../../sdk/contracts/consent.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { createQuota } from '../../../platform/resilience/quota.ts';
import { changeConsent, selectConsent } from './consent-store.ts';

/** Per customer: each change is an act that is kept for good. */
const CHANGES = { perSecond: 1 / 60, burst: 20 };

/** Returns a customer's consent. Throws AppError 404 `user_not_found`. */
export async function readConsent(
  database: Database,
  userId: string,
  purpose: ConsentPurpose,
): Promise<Consent> {
  const consent = await selectConsent(database, userId, purpose);
  if (consent === undefined) throw problem('user_not_found');
  return consent ?? unsaidConsent(purpose);
}

/**
 * Returns the flow that gives or withdraws a consent. Beyond some changes a customer waits, for all but the
 * withdrawal of a consent that is given: nothing delays that. Throws AppError 404 `user_not_found` or 429
 * `quota_exceeded`.
 */
export function createChangeConsent(database: Database) {
  const quota = createQuota(CHANGES);
  return async (userId: string, purpose: ConsentPurpose, change: ConsentChange): Promise<Consent> => {
    const waitSeconds = quota.take(userId);
    if (waitSeconds > 0) {
      const isFree = !change.granted && (await readConsent(database, userId, purpose)).granted;
      if (!isFree) {
        const detail = 'The consents of this customer change too often.';
        throw problem('quota_exceeded', { detail, retryAfterSeconds: waitSeconds });
      }
    }
    let changed: Consent | null = null;
    try {
      changed = await changeConsent(database, { userId, purpose, ...change });
    } finally {
      if (changed === null && waitSeconds === 0) quota.giveBack(userId);
    }
    return changed ?? readConsent(database, userId, purpose);
  };
}
