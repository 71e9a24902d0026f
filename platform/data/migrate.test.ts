import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { eventually, startEngine, temporaryFolder } from '../../tests/harness/engines.ts';
import { migrate } from './migrate.ts';
import { SCHEMA_MIGRATIONS, SCHEMA_VERSION } from './schema-version.ts';

const LONG_MS = 60_000;
const FILES = readdirSync(join(import.meta.dir, '..', '..', 'migrations')).filter((name) =>
  name.endsWith('.sql'),
);
/** The number of the last file; of a file that comes later than its number, there may be a gap. */
const NEWEST = Math.max(...FILES.map((name) => Number.parseInt(name, 10)));
let serverUrl: string;
let admin: postgres.Sql;

beforeAll(async () => {
  serverUrl = (await startEngine('postgresql')).url;
  admin = postgres(serverUrl, { max: 1, onnotice: () => {} });
}, LONG_MS);
afterAll(() => admin?.end());

async function emptyDatabase(): Promise<{ url: string; sql: postgres.Sql }> {
  const name = `migrate_${crypto.randomUUID().replaceAll('-', '')}`;
  await admin.unsafe(`create database ${name}`);
  const url = serverUrl.replace(/\/ecsdb$/, `/${name}`);
  const sql = postgres(url, { max: 2, onnotice: () => {} });
  afterAll(() => sql.end({ timeout: 1 }));
  return { url, sql };
}

/** The files of one migration, of a table `report`. */
function reportMigration(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '0001.do.first.sql'), 'alter table report add column b int;\n');
  return join(folder, '*.sql');
}

/** Gives the table `report` to a role without other rights, and returns its URL. */
async function ownedByAnother({ url, sql }: { url: string; sql: postgres.Sql }): Promise<string> {
  const role = `owner_${crypto.randomUUID().replaceAll('-', '')}`;
  await sql.unsafe(`create role ${role} login password 'x'`);
  await sql.unsafe(`grant create on schema public to ${role}; grant ${role} to current_user`);
  await sql.unsafe(`alter table report owner to ${role}`);
  return Object.assign(new URL(url), { username: role, password: 'x' }).href;
}

const tablesOf = async (sql: postgres.Sql) =>
  (await sql`select table_name from information_schema.tables where table_schema = 'public' order by 1`).map(
    (row) => String(row.table_name),
  );

test('services want the schema of the newest migration', () => {
  expect(SCHEMA_VERSION).toBe(NEWEST);
  expect(SCHEMA_MIGRATIONS).toBe(FILES.length);
});

describe('migrating', () => {
  test('an empty database brings it to the newest version; again does nothing', async () => {
    const { url, sql } = await emptyDatabase();
    const first = await migrate(url);
    expect(first.applied).toHaveLength(FILES.length);
    expect(first.version).toBe(NEWEST);
    const tables = await tablesOf(sql);
    for (const name of ['users', 'transactions', 'emotional_events', 'credit_limits', 'outbox']) {
      expect(tables).toContain(name);
    }
    await sql`insert into users (id, email, password_hash) values (gen_random_uuid(), 'a@example.com', 'x')`;
    expect(await migrate(url)).toEqual({ applied: [], version: NEWEST });
    expect(await sql`select from users`).toHaveLength(1);
  });

  test('by several processes at once applies each file once', async () => {
    const { url } = await emptyDatabase();
    const results = await Promise.all(Array.from({ length: 4 }, () => migrate(url)));
    expect(results.map(({ version }) => version)).toEqual([1, 2, 3, 4].map(() => NEWEST));
    expect(results.flatMap(({ applied }) => applied)).toHaveLength(FILES.length);
  });

  test('that fails half-way leaves the version before, and works once the cause is gone', async () => {
    const { url, sql } = await emptyDatabase();
    // Stands in the way of the last file only.
    await sql`create table outbox (stranger int)`;
    await expect(migrate(url)).rejects.toThrow(
      /^migrations\/0004\.do\.outbox\.sql(:\d+)?: relation "outbox" already exists \(42P07\)$/,
    );
    expect(await tablesOf(sql)).toEqual(['outbox']);
    await sql`drop table outbox`;
    expect((await migrate(url)).version).toBe(NEWEST);
  });

  test('keeps the files before one that fails, and goes on from it', async () => {
    const { url, sql } = await emptyDatabase();
    const folder = temporaryFolder();
    const pattern = join(folder, '*.sql');
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    write('0001.do.first.sql', 'create table a (b int);\n');
    await migrate(url, { pattern });
    write('0002.do.second.sql', 'alter table a add column c int;\n');
    // The lock of the file before is free again.
    write('0003.do.third.sql', "select 1 / count(*) from pg_locks where relation = 'a'::regclass;\n");
    const error = await migrate(url, { pattern }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: expect.stringMatching(/0003\.do\.third\.sql: division by zero \(22012\)$/),
      remedy: expect.stringContaining('1 before it were applied'),
    });
    await sql`select c from a`;
    write('0003.do.third.sql', 'alter table a add column d int;\n');
    expect(await migrate(url, { pattern })).toEqual({ applied: ['3 third'], version: 3 });
  });

  test('applies a file that came later than its number, before those after it', async () => {
    const { url, sql } = await emptyDatabase();
    const folder = temporaryFolder();
    const pattern = join(folder, '*.sql');
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    write('0001.do.first.sql', 'create table a (b int);\n');
    write('0003.do.third.sql', 'create table c (d int);\n');
    expect((await migrate(url, { pattern })).applied).toEqual(['1 first', '3 third']);
    write('0002.do.second.sql', 'create table late (nothing absent);\n');
    const error = await migrate(url, { pattern }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringMatching(/0002\.do\.second\.sql:1: .*absent/) });
    write('0002.do.second.sql', 'create table late (e int);\n');
    write('0004.do.fourth.sql', 'alter table late add column f int;\n');
    expect(await migrate(url, { pattern })).toEqual({ applied: ['2 second', '4 fourth'], version: 4 });
    expect(await migrate(url, { pattern })).toEqual({ applied: [], version: 4 });
    await sql`select e, f from late`;
    write('0002.do.second.sql', 'create table late (e text);\n');
    await expect(migrate(url, { pattern })).rejects.toThrow('0002.do.second.sql was changed after');
  });

  test('rejects a database whose files have changed since they were applied', async () => {
    const { url, sql } = await emptyDatabase();
    await migrate(url);
    await sql`update schema_version set md5 = 'another' where version = ${NEWEST}`;
    const last = FILES.find((name) => Number.parseInt(name, 10) === NEWEST) ?? '';
    await expect(migrate(url)).rejects.toThrow(`migrations/${last} was changed after it was applied`);
  });

  test('names file, line and remedy of a statement that fails', async () => {
    const { url } = await emptyDatabase();
    const folder = temporaryFolder();
    const first = join(folder, '0001.do.first.sql');
    writeFileSync(first, 'create table a (b int);\nselect nothing\nfrom a;\n');
    const error = await migrate(url, { pattern: join(folder, '*.sql') }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: expect.stringMatching(/0001\.do\.first\.sql:2: column "nothing" does not exist \(42703\)$/),
      remedy: expect.stringContaining('nothing was applied'),
    });
  });

  test('does not blame the file for what the server lacks', async () => {
    const { url } = await emptyDatabase();
    const folder = temporaryFolder();
    const full = "do $$ begin raise exception 'No space left on device' using errcode = '53100'; end $$;\n";
    writeFileSync(join(folder, '0001.do.first.sql'), full);
    const error = await migrate(url, { pattern: join(folder, '*.sql') }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ remedy: expect.stringContaining('the file is not at fault') });
  });

  test('lets others have a table in use, and is applied once it is free', async () => {
    const { url, sql } = await emptyDatabase();
    await sql`create table report (a int)`;
    const dump = await sql.reserve();
    await dump`begin`;
    await dump`select from report`;
    const { promise: sessions, resolve } = Promise.withResolvers<string>();
    const migrating = migrate(url, { pattern: reportMigration(), onWait: resolve });
    expect(await sessions).toMatch(/\(pid \d+, \d+ s\)/);
    // Statements of services end before this.
    await sql`set statement_timeout = 1500`;
    for (let count = 0; count < 20; count += 1) await sql`select from report`;
    await dump`commit`;
    dump.release();
    expect((await migrating).applied).toEqual(['1 first']);
    await sql`select b from report`;
  });

  test('takes a table that an autovacuum works on, which gives way after deadlock_timeout', async () => {
    const { url, sql } = await emptyDatabase();
    // Slow enough to outlast every wait of this test.
    await sql`create table report (a int) with (autovacuum_enabled, autovacuum_vacuum_threshold = 1,
      autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)`;
    await sql`insert into report select from generate_series(1, 100000)`;
    await sql`delete from report`;
    const asOwner = await ownedByAnother({ url, sql });
    for (const setting of ['autovacuum = on', "autovacuum_naptime = '1s'"]) {
      await admin.unsafe(`alter system set ${setting}`);
    }
    await admin`select pg_reload_conf()`;
    await eventually('an autovacuum works on the table', async () => {
      const [row] = await sql`
        select count(*)::int from pg_stat_progress_vacuum where relid = 'report'::regclass`;
      return row?.count === 1;
    });
    const { applied } = await migrate(asOwner, { pattern: reportMigration(), patienceMs: 4000 });
    await admin`alter system reset all`;
    await admin`select pg_reload_conf()`;
    expect(applied).toEqual(['1 first']);
  });

  test.each(['its own role', 'another role'])(
    'names the sessions of %s that hold a table for too long',
    async (owner) => {
      const { url, sql } = await emptyDatabase();
      await sql`create table report (a int)`;
      const migrator = owner === 'another role' ? await ownedByAnother({ url, sql }) : url;
      const dump = await sql.reserve();
      await dump`begin`;
      const [session] = await dump`select pg_backend_pid() as pid from (select count(*) from report) as rows`;
      const error = await migrate(migrator, { pattern: reportMigration(), patienceMs: 0 }).catch(
        (reason: unknown) => reason,
      );
      await dump`rollback`;
      dump.release();
      expect(error).toMatchObject({
        message: expect.stringContaining('canceling statement due to lock timeout (55P03)'),
        remedy: expect.stringContaining(`pid ${session?.pid}`),
      });
      expect(await tablesOf(sql)).toEqual(['report']);
    },
  );

  test('a database that cannot be reached is an error in seconds', async () => {
    const startedMs = performance.now();
    await expect(migrate('postgres://nobody:none@127.0.0.1:1/none')).rejects.toThrow();
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  }, 15_000);
});
