import type { Cache } from '../../../platform/data/cache.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { createBackoff } from '../../../platform/kernel/backoff.ts';
import type { Failpoint } from '../../../platform/kernel/failpoint.ts';
import type { Lifecycle } from '../../../platform/kernel/lifecycle.ts';
import { errorFields, type Logger } from '../../../platform/kernel/log.ts';
import type { Metrics } from '../../../platform/kernel/metrics.ts';
import { createWaker } from '../../../platform/kernel/waker.ts';
import type { Bus } from '../../../platform/messaging/bus.ts';
import type { CustomerHash } from '../../../platform/privacy/customer-hash.ts';
import { cacheKeysOf } from '../../../platform/privacy/inventory.ts';
import { eraseMessages } from './erase-messages.ts';
import { eraseLateRows, eraseRows } from './erase-rows.ts';
import {
  finishErasures,
  type OpenErasure,
  selectBacklog,
  selectOpen,
} from '../../../platform/privacy/ledger-store.ts';
import { eraseStrays } from './erase-strays.ts';
import { deleteResponsesToOperators } from './row-store.ts';
import { announceErasures, reapplyLedger } from '../../../platform/privacy/reapply-ledger.ts';

/**
 * Erases customers by the rows of the ledger:
 *
 *   requested --rows, and with the last of them the account--> settling
 *   settling --late rows, cache, streams, dead letters; then the id--> erased
 *
 * While an erasure settles, everything under way arrives: statements, messages of the outbox, events that
 * were accepted before. Every step finds the rest, so a crash at any point costs a repetition; the reading of
 * the streams, which may take hours, goes on where it was. Erasures that settle at the same time share it.
 */
interface ErasureWorker {
  backlog(): Promise<{ open: number; oldestSeconds: number }>;
}

interface Options {
  database: Database;
  bus: Bus;
  cache: Pick<Cache<'privacy'>, 'remove'>;
  hashOf: CustomerHash;
  settleSeconds: number;
  log: Logger;
  metrics: Metrics;
  lifecycle: Lifecycle;
  failpoint: Failpoint;
}

const CHANNEL = 'erasures';
const POLL_MS = 1000;
const RETRY_MS_MAX = 10_000;
const ERASURES_AT_ONCE = 100;
const REAPPLY_EVERY_MS = 30_000;

export function startErasures(options: Options): ErasureWorker {
  const { database, lifecycle, log, metrics } = options;
  const waker = createWaker(lifecycle.signal);

  const run = async (): Promise<void> => {
    const backoff = createBackoff({ stepMs: POLL_MS, delayMsMax: RETRY_MS_MAX });
    let reappliedAtMs = -Infinity;
    while (!lifecycle.signal.aborted) {
      const wait = waker.listen();
      try {
        if (performance.now() - reappliedAtMs >= REAPPLY_EVERY_MS) {
          const isThorough = reappliedAtMs === -Infinity;
          const count = await reapplyLedger(options, { isThorough });
          if (count > 0) log.warn({ count }, 'a restored database had erased customers: erased again');
          reappliedAtMs = performance.now();
        }
        await eraseOnce(options);
        backoff.reset();
        await wait(POLL_MS);
      } catch (error) {
        if (backoff.fail() === 3) log.warn(errorFields(error), 'cannot erase now');
        await wait(backoff.delayMs());
      }
    }
  };
  const running = run();
  lifecycle.onDrain('erasures', () => running);
  // Polling alone keeps the promise; the notification only makes it quick.
  void database.listen(CHANNEL, waker.wake).catch((error) => log.warn(errorFields(error), 'no LISTEN'));
  const backlog = () => selectBacklog(database);
  const gauge = (name: string, help: string) => metrics.gauge({ name: `ecs_erasures_${name}`, help });
  const openCount = gauge('open', 'Erasures of customers that are under way');
  const oldest = gauge('oldest_seconds', 'Age of the oldest erasure that is under way');
  metrics.beforeScrape(async () => {
    const { open, oldestSeconds } = await backlog();
    openCount.set(open);
    oldest.set(oldestSeconds);
  });
  return { backlog };
}

/** Takes every open erasure as far as it goes. */
export async function eraseOnce(options: Options): Promise<void> {
  const { database, settleSeconds, failpoint } = options;
  const open = await selectOpen(database, { settleSeconds, countMax: ERASURES_AT_ONCE });
  const requested = open.filter(({ state }) => state === 'requested');
  // Announced before any row is deleted: a database restored from an older dump learns of the erasure from
  // it.
  await announceErasures(options, requested);
  for (const erasure of requested) await eraseRows(database, erasure, failpoint);
  const settled = open.filter(({ state }) => state === 'settled');
  if (settled.length > 0) await finish(options, settled);
  await eraseStrays(options);
}

async function finish(options: Options, settled: OpenErasure[]): Promise<void> {
  const { database, log } = options;
  const isReading = settled.some(({ searched }) => Object.keys(searched).length > 0);
  if (!isReading) await eraseLate(options, settled);
  const messages = await eraseMessages(options, settled);
  if (messages === null) return;
  await finishErasures(
    database,
    settled.map(({ customerHash }) => customerHash),
    messages,
  );
  log.info({ count: settled.length, messages }, 'customers are erased');
}

/** Takes what has arrived while they settled, before the reading of the streams begins. */
async function eraseLate(options: Options, settled: OpenErasure[]): Promise<void> {
  const { database, cache, failpoint } = options;
  for (const erasure of settled) await eraseLateRows(database, erasure);
  await deleteResponsesToOperators(database);
  failpoint('erase.late');
  // A cache that is down keeps nothing for longer than its keys live, minutes; still, nothing is left open.
  // Before the messages: all streams would be read again and again while it is down.
  const isRemoved = await cache.remove(settled.flatMap(({ userId }) => cacheKeysOf(userId)));
  if (!isRemoved) throw new Error('redis has not removed the keys of erased customers');
  failpoint('erase.cache');
}
