import type { Lifecycle } from '../../../platform/kernel/lifecycle.ts';
import { errorFields, type Logger } from '../../../platform/kernel/log.ts';
import { startLoop } from '../../../platform/kernel/loop.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { deleteSentMessages } from '../../../platform/outbox/outbox-store.ts';
import { deleteExpiredKeys } from '../../../platform/idempotency/idempotency-store.ts';
import { deleteExpiredTickets } from '../notifications/ticket-store.ts';
import { requeueStuckOffers } from './offer-store.ts';

const EVERY_MS = 30_000;
/** An acceptance that is not active after so long has lost its message somewhere. */
const STUCK_SECONDS = 60;
/** Longer than a stream keeps a message: an older one can neither be lost nor sent again. */
const KEPT_DAYS = 8;
const KEYS_AT_ONCE = 1000;

/**
 * The last line of defense: an offer that stays accepted, or is active without its notification, has its
 * message emitted again, also when the first was sent. Activating twice is activating once.
 */
export function startReconciler(deps: {
  database: Database;
  log: Logger;
  lifecycle: Lifecycle;
  everyMs?: number;
  stuckSeconds?: number;
}): void {
  const { database, log, lifecycle, everyMs = EVERY_MS, stuckSeconds = STUCK_SECONDS } = deps;

  startLoop({
    name: 'reconciler',
    everyMs,
    lifecycle,
    async work() {
      const offers = await requeueStuckOffers(database, stuckSeconds);
      if (offers.length > 0) log.warn({ offers }, 'accepted offers were stuck: emitted again');
      await deleteSentMessages(database, KEPT_DAYS);
      await deleteExpiredTickets(database);
      while ((await deleteExpiredKeys(database, KEYS_AT_ONCE)) === KEYS_AT_ONCE);
    },
    onFailure: (error) => log.debug(errorFields(error), 'cannot reconcile now'),
  });
}
