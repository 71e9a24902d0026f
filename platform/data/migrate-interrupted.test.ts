import { afterAll, beforeAll, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { eventually, startEngine, temporaryFolder } from '../../tests/harness/engines.ts';
import { migrate } from './migrate.ts';

/** What becomes of a migration whose process, or whose connection, ends or falls silent in the middle. */
const LONG_MS = 60_000;
const MIGRATE = join(import.meta.dir, 'migrate.ts');
let url: string;
let sql: postgres.Sql;

beforeAll(async () => {
  url = (await startEngine('postgresql')).url;
  sql = postgres(url, { max: 3, onnotice: () => {} });
}, LONG_MS);
afterAll(() => sql?.end({ timeout: 1 }));

/** Writes files of migrations, and makes the tables of before. */
async function filesOf(files: Record<string, string>): Promise<string> {
  await sql`drop table if exists schema_version, report, notes`;
  await sql`create table report (a int)`;
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return join(folder, '*');
}

const sessionOf = async (state: 'active' | 'idle in transaction') => {
  const [row] = await sql<{ pid: number }[]>`
    select pid from pg_stat_activity where application_name = 'ecs migrate' and state = ${state}`;
  return row?.pid;
};

/** Not at its first statements, which limit the waits of the others. */
const worksOnFile = async () => {
  const [row] = await sql`
    select from pg_stat_activity where application_name = 'ecs migrate' and wait_event = 'PgSleep'`;
  return row !== undefined;
};

/** Migrates in a process of its own, which a test kills or freezes. */
function startMigrating(options: { pattern: string; silenceMs?: number }) {
  const call = `migrate(${JSON.stringify(url)}, ${JSON.stringify(options)})`;
  const code = `import { migrate } from ${JSON.stringify(MIGRATE)};
    try { console.log(JSON.stringify(await ${call})) } catch (error) { console.log(String(error), error.remedy) }`;
  const child = Bun.spawn([process.execPath, '-e', code], { stdout: 'pipe', stderr: 'ignore' });
  return { child, output: new Response(child.stdout).text() };
}

const SLOW = 'alter table report add column b int; select pg_sleep(20);';

test('a killed one gives its locks up at once, and leaves nothing of the file under way', async () => {
  const pattern = await filesOf({ '0001.do.first.sql': 'create table notes (a int);' });
  await migrate(url, { pattern });
  writeFileSync(pattern.replace('*', '0002.do.second.sql'), SLOW);
  const { child } = startMigrating({ pattern });
  await eventually('it works on the file', worksOnFile);
  child.kill('SIGKILL');
  await child.exited;
  // Locked until the statement has ended: the server sees no end of a connection before it writes to it.
  const startedMs = performance.now();
  await sql`select from report`;
  expect(performance.now() - startedMs).toBeLessThan(8000);
  writeFileSync(pattern.replace('*', '0002.do.second.sql'), SLOW.replace('pg_sleep(20)', '1'));
  expect((await migrate(url, { pattern })).applied).toEqual(['2 second']);
});

test('a frozen one is ended by the server, and says so when it goes on', async () => {
  const pattern = await filesOf({ '0001.do.first.sql': 'create table notes (a int);' });
  await migrate(url, { pattern });
  writeFileSync(pattern.replace('*', '0002.do.second.sql'), SLOW.replace('20', '1'));
  const { child, output } = startMigrating({ pattern, silenceMs: 300 });
  await eventually('it works on the file', worksOnFile);
  child.kill('SIGSTOP');
  try {
    await eventually('the table is free', async () => {
      await sql`set statement_timeout = 1000`;
      await sql`select from report`;
      return (
        (await sessionOf('active')) === undefined && (await sessionOf('idle in transaction')) === undefined
      );
    });
    expect((await migrate(url, { pattern })).applied).toEqual(['2 second']);
  } finally {
    child.kill('SIGCONT');
  }
  expect(await output).toContain('the connection to the database ended in the middle of a migration');
});

test('nothing of a file is applied outside of its transaction, once the connection has ended', async () => {
  const pattern = await filesOf({ '0001.do.first.sql': 'create table notes (a int);' });
  // Between two statements, while the next file is being read.
  const next = `export async function generateSql() {
    await globalThis.endMigration();
    return 'alter table report add column b int';
  }`;
  writeFileSync(pattern.replace('*', '0002.do.second.mjs'), next);
  Object.assign(globalThis, {
    endMigration: async () => {
      const pid = await sessionOf('idle in transaction');
      await sql`select pg_terminate_backend(${pid ?? 0})`;
      await eventually('it has ended', async () => (await sessionOf('idle in transaction')) === undefined);
    },
  });
  const error = await migrate(url, { pattern }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    message: 'the connection to the database ended in the middle of a migration',
    remedy: 'nothing was applied: ecs migrate goes on from there',
  });
  const columns = await sql`select column_name from information_schema.columns where table_name = 'report'`;
  expect(columns.map((row) => row.column_name)).toEqual(['a']);
});

test('a second one waits, names the first, and goes on when that has ended', async () => {
  const pattern = await filesOf({ '0001.do.first.sql': SLOW.replace('20', '2') });
  const first = migrate(url, { pattern });
  await eventually('the first works on the file', worksOnFile);
  const { promise: sessions, resolve } = Promise.withResolvers<string>();
  const second = migrate(url, { pattern, onWait: resolve });
  expect(await sessions).toMatch(/^ecs migrate \(pid \d+, \d+ s\)/);
  expect((await first).applied).toEqual(['1 first']);
  expect((await second).applied).toEqual([]);
});
