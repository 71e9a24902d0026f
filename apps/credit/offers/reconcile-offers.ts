import type { Lifecycle } from '../../../platform/kernel/lifecycle.ts';
import { errorFields, type Logger } from '../../../platform/kernel/log.ts';
import { startLoop } from '../../../platform/kernel/loop.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { deleteSentMessages } from '../../../platform/outbox/outbox-store.ts';
import { deleteExpiredKeys } from '../../../platform/idempotency/idempotency-store.ts';
import { deleteExpiredTickets } from '../notifications/ticket-store.ts';
import { requeueStuckOffers } from './offer-store.ts';

const EVERY_MS = 30_000;
/** After this time an acceptance that is not active has lost its message. */
const STUCK_SECONDS = 60;
/**
 * Longer than a stream keeps a message: an older row is needed neither to detect a loss nor to send again.
 */
const KEPT_DAYS = 8;
const KEYS_AT_ONCE = 1000;

/**
 * Repairs stuck offers: queues the message again of an offer that stays accepted, or is active without its
 * notification, also when the first message was sent. An offer is activated once, however many come.
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
