import type { SystemState } from './state.ts';
import { monotonicMs } from '../../../platform/kernel/monotonic-ms.ts';

/** The starts of a supervised server: one that dies before its files are on the disk is made again, empty. */
export interface DatabaseStarts {
  /** Resolves when it takes connections for the first time. */
  accepting: Promise<void>;
  /** How often it took connections. */
  count(): number;
  onAccepting(): void;
}

const RETRY_MS = 100;
const DEADLINE_MS = 60_000;

export function countDatabaseStarts(): DatabaseStarts {
  const { promise: accepting, resolve } = Promise.withResolvers<void>();
  let count = 0;
  return {
    accepting,
    count: () => count,
    onAccepting() {
      count += 1;
      resolve();
    },
  };
}

/** Resolves when the database of a system that starts has every table, on the disk. */
export async function prepareDatabase(
  system: Pick<SystemState, 'databaseUrl' | 'state'>,
  options: {
    /** Whether the server is supervised by this process, and comes back. */
    isOwn: boolean;
    starts: DatabaseStarts;
    /** Resolves when the server has started, its files on the disk. */
    started: Promise<void>;
    onStep?: ((step: string) => void) | undefined;
  },
): Promise<void> {
  const { isOwn, starts, started, onStep } = options;
  // Loaded while PostgreSQL starts.
  const [{ migrate }, { isTransient }] = await Promise.all([
    import('../../../platform/data/migrate.ts'),
    import('../../../platform/data/sql.ts'),
  ]);
  if (isOwn) await Promise.race([starts.accepting, started]);
  onStep?.('migrating the database');
  await migrateLasting({
    starts,
    started,
    migrate: () => migrate(system.databaseUrl),
    isRetryable: (error) => isOwn && system.state === 'starting' && isTransient(error),
  });
}

/**
 * Migrates until the migrated server is the one that has started, since a server that died meanwhile was
 * replaced by an empty one. Rejects as `started` does, for a server that does not start.
 */
export async function migrateLasting(options: {
  starts: DatabaseStarts;
  migrate: () => Promise<unknown>;
  /** Returns whether an error means that the server is gone and comes back. */
  isRetryable: (error: unknown) => boolean;
  started: Promise<void>;
}): Promise<void> {
  const { starts, migrate, isRetryable, started } = options;
  const deadline = monotonicMs() + DEADLINE_MS;
  for (;;) {
    const count = starts.count();
    try {
      await migrate();
      await started;
      if (starts.count() === count) return;
    } catch (error) {
      if (!isRetryable(error) || monotonicMs() > deadline) throw error;
      await Bun.sleep(RETRY_MS);
    }
  }
}
