import { expect, test } from 'bun:test';
import { connectPostgres } from '../../platform/data/connect-postgres.ts';
import { createTestDatabase } from '../harness/engines.ts';
import { createTestRuntime, openTestBus } from '../harness/runtime.ts';
import { storeDecisions } from '../harness/stored-decisions.ts';
import { createCli, envelopeOf } from './harness.ts';

/** Of a restored dump, or while every service is down: the engines are there, and no system. */
const runtime = createTestRuntime();

test('what is read from a database needs no system but its address', async () => {
  const databaseUrl = await createTestDatabase();
  const sql = connectPostgres(databaseUrl, { max: 1, name: 'test', connectSeconds: 5 });
  await storeDecisions(sql, 2);
  const userId = crypto.randomUUID();
  await sql`insert into users (id, email, password_hash) values (${userId}, 'ada@example.com', 'none')`;
  const [decision] = await sql<{ id: string }[]>`select id from credit_analyses limit 1`;
  await sql.end();
  const { ecs } = createCli({
    env: { DATABASE_URL: databaseUrl, ERASURE_KEY: 'a key of erasures'.repeat(2) },
  });
  const commands = [
    ['audit', 'ls'],
    ['audit', 'evidence', decision?.id ?? ''],
    ['decisions', 'ls'],
    ['decisions', 'replay'],
    ['trace', userId],
    ['customers', 'show', userId],
    ['erase', userId, '--by', 'carol', '--yes'],
    ['privacy', 'ledger'],
    ['policy', 'ls'],
  ];
  for (const words of commands) {
    const { code, stderr } = await ecs([...words, '--json']);
    expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: expect.not.stringContaining('ecs:') });
  }
}, 60_000);

test('what the streams keep is read with the address of the broker alone', async () => {
  const { nats } = await openTestBus(runtime);
  const { ecs } = createCli({ env: { NATS_URL: nats.url } });
  const letters = await ecs(['dead-letters', 'ls', '--json']);
  expect([letters.code, JSON.stringify(envelopeOf(letters).data)]).toEqual([0, '[]']);
  const messages = await ecs(['events', 'reprocess', '--since', '1h', '--dry-run', '--json']);
  expect([messages.code, messages.stderr]).toEqual([0, expect.not.stringContaining('ecs:')]);
});
