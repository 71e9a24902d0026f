import type { Lifecycle } from '../../../platform/kernel/lifecycle.ts';
import { errorFields, type Logger } from '../../../platform/kernel/log.ts';
import { startLoop } from '../../../platform/kernel/loop.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { requeueStuckOffers } from './offer-store.ts';

const EVERY_MS = 30_000;
/** After this time an acceptance that is not active has lost its message. */
const STUCK_SECONDS = 60;

/**
 * Repairs stuck offers: queues the message again of an offer that stays accepted, or is active without its
 * notification, also when the first message was sent. An offer is activated once, however many come.
 */
export function startReconciler(deps: { database: Database; log: Logger; lifecycle: Lifecycle }): void {
  const { database, log, lifecycle } = deps;
  startLoop({
    name: 'reconciler',
    everyMs: EVERY_MS,
    lifecycle,
    async work() {
      const offers = await requeueStuckOffers(database, STUCK_SECONDS);
      if (offers.length > 0) log.warn({ offers }, 'accepted offers were stuck: emitted again');
    },
    onFailure: (error) => log.debug(errorFields(error), 'cannot reconcile now'),
  });
}
