import { expect, test } from 'bun:test';
import { countDatabaseStarts, migrateLasting } from './prepare-database.ts';

test('an empty server that replaces a dead one is migrated too', async () => {
  const starts = countDatabaseStarts();
  const { promise: started, resolve } = Promise.withResolvers<void>();
  const migrated: number[] = [];
  starts.onAccepting();
  const prepared = migrateLasting({
    starts,
    started,
    isRetryable: () => false,
    async migrate() {
      migrated.push(starts.count());
      // The first one dies after its migrations, before it is on the disk.
      if (starts.count() > 1) return;
      starts.onAccepting();
      resolve();
    },
  });
  await prepared;
  expect(migrated).toEqual([1, 2]);
});

test('a server that dies during the migration is migrated once it is back; a bad migration fails at once', async () => {
  const starts = countDatabaseStarts();
  starts.onAccepting();
  const errors = [new Error('gone'), new Error('gone')];
  const migrate = async () => {
    const error = errors.shift();
    if (error) throw error;
  };
  const isRetryable = (error: unknown) => (error as Error).message === 'gone';
  const options = { starts, migrate, isRetryable, started: Promise.resolve() };
  await migrateLasting(options);
  expect(errors).toEqual([]);
  errors.push(new Error('bad'));
  await expect(migrateLasting(options)).rejects.toThrow('bad');
});
