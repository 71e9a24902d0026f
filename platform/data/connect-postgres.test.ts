import { afterAll, expect, test } from 'bun:test';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startChild, untilReady } from '../../deploy/local/processes/child.ts';
import { freePort, isListening } from '../../deploy/local/processes/ports.ts';
import { ensurePrograms } from '../../deploy/local/engines/install.ts';
import { createTestDatabase, temporaryFolder } from '../../tests/harness/engines.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { connectPostgres, rejectsParameters } from './connect-postgres.ts';
import { migrate } from './migrate.ts';
import { openDatabase } from './sql.ts';

// needs: pgbouncer

const children: Child[] = [];
afterAll(() => Promise.all(children.map((child) => child.stop('SIGKILL', 1000))));

/** A PgBouncer as it comes: sessions are shared by transaction, and parameters of a session are rejected. */
async function startPooler(databaseUrl: string): Promise<string> {
  const { hostname, port: target, username, password, pathname } = new URL(databaseUrl);
  const folder = temporaryFolder();
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  const database = pathname.slice(1);
  const server = `host=${hostname} port=${target} user=${username} password=${password}`;
  const settings = [
    `[databases]\n${database} = ${server}`,
    `[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`,
    'auth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n',
  ];
  writeFileSync(file, settings.join('\n'));
  chmodSync(file, 0o644);
  const program = ensurePrograms(['pgbouncer']).pgbouncer ?? '';
  // It rejects to run as root.
  const user = process.getuid?.() === 0 ? ['--user=nobody'] : [];
  const logFile = join(folder, 'pgbouncer.log');
  const child = startChild({ name: 'pgbouncer', command: [program, ...user, file], logFile, cwd: '/' });
  children.push(child);
  await untilReady(child, () => isListening(port), { deadlineMs: 10_000, logFile });
  return `postgres://ecsuser:any@127.0.0.1:${port}/${database}`;
}

test('a foreign pooler that rejects the parameters of a session is used without them', async () => {
  const url = await startPooler(await createTestDatabase());
  const parameters = { statement_timeout: 1000 };
  const strict = connectPostgres(url, { max: 1, name: 'test', connectSeconds: 5, parameters });
  const error = await strict`select 1`.catch((reason: unknown) => reason);
  expect(rejectsParameters(error)).toBe(true);
  await strict.end({ timeout: 0 });

  const { log } = createTestRuntime();
  const database = openDatabase({ url, name: 'test', poolSize: 4, log });
  const statements = Array.from({ length: 100 }, (_, number) =>
    database.query((sql) => sql<{ number: number }[]>`select ${number}::int as number`),
  );
  const rows = (await Promise.all(statements)).flat();
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, number) => number));
  await database.close();
  expect((await migrate(url)).applied).toEqual([]);
});

test('times are of UTC in ISO, whatever the server, the database or the role is set to, and through a pooler', async () => {
  const direct = await createTestDatabase();
  const name = new URL(direct).pathname.slice(1);
  const owner = connectPostgres(direct, { max: 1, name: 'test', connectSeconds: 5 });
  await owner.unsafe(`alter database "${name}" set timezone to 'America/Sao_Paulo'`);
  await owner.unsafe(`alter database "${name}" set datestyle to 'German'`);
  await owner.end();
  for (const url of [direct, await startPooler(direct)]) {
    const sql = connectPostgres(url, { max: 1, name: 'test', connectSeconds: 5 });
    const [row] = await sql<{ time: string; date: string; text: string; at: Date }[]>`
      select to_jsonb(at)#>>'{}' as time, at::date::text as date, at::text as text, at
      from (select timestamptz '2026-12-01T00:30:00Z' as at) as times`;
    expect(row).toEqual({
      time: '2026-12-01T00:30:00+00:00',
      date: '2026-12-01',
      text: '2026-12-01 00:30:00+00',
      at: new Date('2026-12-01T00:30:00Z'),
    });
    await sql.end({ timeout: 0 });
  }
});

test('bytes and numbers are read as they are stored, whatever the database is set to', async () => {
  const url = await createTestDatabase();
  const name = new URL(url).pathname.slice(1);
  const owner = connectPostgres(url, { max: 1, name: 'test', connectSeconds: 5 });
  await owner.unsafe(`alter database "${name}" set bytea_output to 'escape'`);
  await owner.unsafe(`alter database "${name}" set extra_float_digits to -5`);
  await owner.end();
  const { log } = createTestRuntime();
  const database = openDatabase({ url, name: 'test', poolSize: 1, log });
  const [row] = await database.query(
    (sql) => sql<{ bytes: Buffer; number: number }[]>`
      select '\\xff00'::bytea as bytes, 0.1234567890123456::float8 as number`,
  );
  expect([row?.bytes.toString('hex'), row?.number]).toEqual(['ff00', 0.123_456_789_012_345_6]);
  await database.close();
});
