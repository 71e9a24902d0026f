import type { Compose } from './compose.ts';

/** The stored events before the loss of the database, and after the restore. */
interface Restored {
  before: number;
  /** Events in the dump. */
  dumped: number;
  after: number;
}

const EVENTS_AFTER_DUMP = 200;
const STORED_MS = 60_000;
/** Before the dump: an event acknowledged by then may have been stored after it. */
const EARLIER_MS = 60_000;

/**
 * Follows docs/operations/backup.md while every service keeps running: a dump, events after it, the loss of
 * the whole database, the restore, and reprocessing of the streams. `send` returns once it is acknowledged.
 */
export async function restoreDatabase(
  compose: Compose,
  userId: string,
  send: () => Promise<void>,
  /** Done between the dump and the loss. */
  meanwhile: () => Promise<unknown>,
): Promise<Restored> {
  const postgres = (...command: string[]) => compose.onPrimary(...command);
  const stored = () => compose.storedEvents(userId);
  const since = new Date(Date.now() - EARLIER_MS).toISOString();
  await postgres('pg_dump', '-U', 'ecsuser', '-Fc', '-f', '/tmp/ecs.dump', 'ecsdb');
  const dumped = await stored();
  await meanwhile();
  for (let index = 0; index < EVENTS_AFTER_DUMP; index += 1) await send();
  const before = await untilCount(stored, dumped + EVENTS_AFTER_DUMP);

  await postgres('dropdb', '-U', 'ecsuser', '--force', 'ecsdb');
  await postgres('createdb', '-U', 'ecsuser', 'ecsdb');
  await postgres('pg_restore', '-U', 'ecsuser', '--single-transaction', '-d', 'ecsdb', '/tmp/ecs.dump');
  await compose.run('run', '--rm', 'operator', 'events', 'reprocess', '--since', since);
  return { before, dumped, after: await untilCount(stored, before) };
}

/** The last count, which is less when the deadline has come. */
async function untilCount(count: () => Promise<number>, wanted: number): Promise<number> {
  const deadline = Date.now() + STORED_MS;
  for (;;) {
    const restoredCount = await count();
    if (restoredCount >= wanted || Date.now() > deadline) return restoredCount;
    await Bun.sleep(500);
  }
}
