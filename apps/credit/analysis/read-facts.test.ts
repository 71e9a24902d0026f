import { afterAll, expect, test } from 'bun:test';
import { freePort } from '../../../deploy/local/processes/ports.ts';
import { migrate } from '../../../platform/data/migrate.ts';
import { openDatabase } from '../../../platform/data/sql.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { startReplicatedPostgres } from '../../../tests/harness/standby.ts';
import { fastestMs } from '../../../tests/harness/time.ts';
import { selectFacts } from './analysis-store.ts';
import { createReadFacts } from './read-facts.ts';

// needs: pgBasebackup

const runtime = createTestRuntime();
const database = await openTestDatabase(runtime);
/** Another database stands for a replica that lags: its different facts show which of the two was read. */
const replica = await openTestDatabase(runtime);

async function addUser(to: typeof database, id: string, transactions: number): Promise<void> {
  await to.query((sql) => sql`insert into users (id, email, password_hash) values (${id}, ${id}, 'x')`);
  await to.query(
    (sql) => sql`
      insert into transaction_daily_sums (user_id, summary_date, transaction_count, amount_sum)
      values (${id}, (now() at time zone 'utc')::date, ${transactions}, 10)`,
  );
}

/** Reads the facts of a customer by a way of reading. */
const factsBy = async (readFacts: ReturnType<typeof createReadFacts>, userId: string) =>
  (await readFacts([userId], (source, userIds) => selectFacts(source, userIds, 300))).get(userId);

const countOf = (facts: { transactions: { transactionCount: number }[] } | undefined) =>
  facts?.transactions[0]?.transactionCount ?? null;

test('features come from the replica, and of users it does not have yet from the database', async () => {
  const readFacts = createReadFacts({ database, replica });
  const [replicated, late] = [crypto.randomUUID(), crypto.randomUUID()];
  await addUser(database, replicated, 2);
  await addUser(replica, replicated, 1);
  await addUser(database, late, 3);
  expect(countOf(await factsBy(readFacts, replicated))).toBe(1);
  expect(countOf(await factsBy(readFacts, late))).toBe(3);
  expect(await factsBy(readFacts, crypto.randomUUID())).toBeUndefined();
});

test('an unreachable replica costs one short wait a second, and nothing else', async () => {
  const away = openDatabase({
    url: `postgres://nobody:nothing@127.0.0.1:${await freePort()}/ecsdb`,
    name: 'away',
    poolSize: 1,
    log: runtime.log,
  });
  runtime.lifecycle.onClose('away', away.close);
  const readFacts = createReadFacts({ database, replica: away });
  const id = crypto.randomUUID();
  await addUser(database, id, 4);
  expect(countOf(await factsBy(readFacts, id))).toBe(4);
  const tookMs = await fastestMs(async () => {
    for (let time = 0; time < 20; time += 1) expect(countOf(await factsBy(readFacts, id))).toBe(4);
  });
  expect(tookMs).toBeLessThan(400);
});

test('facts of a standby are never older than the facts the database had stored', async () => {
  const { primaryUrl, standby } = await startReplicatedPostgres();
  afterAll(() => standby.stop('SIGKILL', 1000));
  await migrate(primaryUrl);
  const primary = await openTestDatabase(runtime, primaryUrl);
  const behind = await openTestDatabase(runtime, standby.url);
  const id = crypto.randomUUID();
  await addUser(primary, id, 1);
  const readFacts = createReadFacts({ database: primary, replica: behind });
  expect(countOf(await factsBy(readFacts, id))).toBe(1);
  await behind.query((sql) => sql`select pg_wal_replay_pause()`);
  await primary.query(
    (sql) => sql`update transaction_daily_sums set transaction_count = 2 where user_id = ${id}`,
  );
  expect(countOf(await factsBy(readFacts, id))).toBe(2);
  // The database is read while the standby is left alone; the standby once it has caught up.
  await behind.query((sql) => sql`select pg_wal_replay_resume()`);
  const caughtUp = createReadFacts({ database: primary, replica: behind });
  expect(countOf(await factsBy(caughtUp, id))).toBe(2);
});
