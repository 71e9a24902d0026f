import type { Database } from '../../platform/data/sql.ts';
import { deleteExpiredKeys } from '../../platform/idempotency/idempotency-store.ts';
import type { Lifecycle } from '../../platform/kernel/lifecycle.ts';
import { errorFields, type Logger } from '../../platform/kernel/log.ts';
import { startLoop } from '../../platform/kernel/loop.ts';
import { deleteSentMessages } from '../../platform/outbox/outbox-store.ts';
import { deleteExpiredTickets } from './notifications/ticket-store.ts';

const EVERY_MS = 30_000;
/**
 * Longer than a stream keeps a message: an older row is needed neither to detect a loss nor to send again.
 */
const SENT_DAYS = 8;
const KEYS_PER_STATEMENT = 1000;

/** Deletes sent messages of the outbox, used tickets and stored responses once nothing asks for them. */
export function startDeletions(deps: {
  database: Database;
  log: Logger;
  lifecycle: Lifecycle;
  everyMs?: number;
}): void {
  const { database, log, lifecycle, everyMs = EVERY_MS } = deps;
  startLoop({
    name: 'deletion of outdated rows',
    everyMs,
    lifecycle,
    async work() {
      await deleteSentMessages(database, SENT_DAYS);
      await deleteExpiredTickets(database);
      while ((await deleteExpiredKeys(database, KEYS_PER_STATEMENT)) === KEYS_PER_STATEMENT);
    },
    onFailure: (error) => log.debug(errorFields(error), 'cannot delete outdated rows now'),
  });
}
