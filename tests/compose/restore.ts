import type { Compose } from './compose.ts';

/** What was stored before the loss of the database, and after it came back. */
export interface Restored {
  before: number;
  /** What the dump had. */
  dumped: number;
  after: number;
}

const EVENTS_AFTER_DUMP = 200;
const STORED_MS = 60_000;
/** Before the dump: what was acknowledged by then may have been stored after it. */
const EARLIER_MS = 60_000;

/**
 * As docs/operations.md says, while every part goes on running: a dump, events after it, the loss of the
 * whole database, the restore, and what the streams keep read again. `send` answers once it is acknowledged.
 */
export async function restoreDatabase(
  compose: Compose,
  userId: string,
  send: () => Promise<void>,
): Promise<Restored> {
  const postgres = (...command: string[]) => compose.run('exec', '-T', 'postgres', ...command);
  const stored = () => compose.storedEvents(userId);
  const since = new Date(Date.now() - EARLIER_MS).toISOString();
  await postgres('pg_dump', '-U', 'ecsuser', '-Fc', '-f', '/tmp/ecs.dump', 'ecsdb');
  const dumped = await stored();
  for (let sent = 0; sent < EVENTS_AFTER_DUMP; sent += 1) await send();
  const before = await untilCount(stored, dumped + EVENTS_AFTER_DUMP);

  await postgres('dropdb', '-U', 'ecsuser', '--force', 'ecsdb');
  await postgres('createdb', '-U', 'ecsuser', 'ecsdb');
  await postgres('pg_restore', '-U', 'ecsuser', '--single-transaction', '-d', 'ecsdb', '/tmp/ecs.dump');
  await compose.run('run', '--rm', 'operator', 'events', 'replay', '--since', since);
  return { before, dumped, after: await untilCount(stored, before) };
}

/** The last count, which is less when the deadline has come. */
async function untilCount(count: () => Promise<number>, wanted: number): Promise<number> {
  const deadline = Date.now() + STORED_MS;
  for (;;) {
    const found = await count();
    if (found >= wanted || Date.now() > deadline) return found;
    await Bun.sleep(500);
  }
}
