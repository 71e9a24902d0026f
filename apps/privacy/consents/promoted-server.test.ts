import { expect, test } from 'bun:test';
import { eventually } from '../../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { migrate } from '../../../platform/data/migrate.ts';
import { startReplicatedPostgres } from '../../../tests/harness/standby.ts';
import { selectIdentity } from './consent-store.ts';

// needs: pgBasebackup

const runtime = createTestRuntime();

test('a server that is being recovered is another one once it takes writes', async () => {
  const { primaryUrl, standby } = await startReplicatedPostgres();
  try {
    const { version } = await migrate(primaryUrl);
    const database = await openTestDatabase(runtime, standby.url);
    await eventually('the tables are there', () =>
      database.query(async (sql) => {
        const [row] = await sql`select max(version)::int as version from schema_version`;
        return row?.version === version;
      }),
    );
    const identity = await selectIdentity(database);
    expect(await selectIdentity(database)).toBe(identity);
    await database.query((sql) => sql`select pg_promote()`, 10_000);
    expect(await selectIdentity(database)).not.toBe(identity);
  } finally {
    await standby.stop('SIGINT', 5000);
  }
});
