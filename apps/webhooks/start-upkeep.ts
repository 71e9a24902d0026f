import type { Database } from '../../platform/data/sql.ts';
import type { Lifecycle } from '../../platform/kernel/lifecycle.ts';
import { errorFields, type Logger } from '../../platform/kernel/log.ts';
import { startLoop } from '../../platform/kernel/loop.ts';
import type { SecretBox } from '../../platform/webhooks/webhook-secret.ts';
import { resealSecrets } from './reseal-secrets.ts';
import { deleteOldDeliveries, purgeRemoved } from './retention-store.ts';

const EVERY_MS = 10 * 60_000;

/** Deletes old deliveries and removed endpoints, and seals secrets anew after a rotation of SECRET_KEY. */
export function startUpkeep(deps: {
  database: Database;
  secrets: SecretBox;
  lifecycle: Lifecycle;
  log: Logger;
}): void {
  const { database, secrets, lifecycle, log } = deps;
  startLoop({
    name: 'retention of deliveries',
    everyMs: EVERY_MS,
    lifecycle,
    async work() {
      while (!lifecycle.signal.aborted && (await deleteOldDeliveries(database)) > 0);
      while (!lifecycle.signal.aborted && (await purgeRemoved(database)));
    },
    onFailure: (error) => log.warn(errorFields(error), 'cannot delete old deliveries now'),
  });
  startLoop({
    name: 'seals of secrets',
    everyMs: EVERY_MS,
    lifecycle,
    work: () => resealSecrets(database, secrets),
    onFailure: (error) => log.warn(errorFields(error), 'cannot seal the secrets of webhooks anew'),
  });
}
