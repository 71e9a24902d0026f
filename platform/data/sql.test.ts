import { afterAll, describe, expect, test } from 'bun:test';
import { createTestDatabase, eventually, startEngine } from '../../tests/harness/engines.ts';
import { descendantsOf } from '../../tests/drills/faults.ts';
import { freeze } from '../../tests/harness/freeze.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { endsWithin } from '../../tests/harness/time.ts';
import { DegradedError } from '../kernel/errors.ts';
import { SCHEMA_VERSION } from './schema-version.ts';
import { isDataError, isTransient, openDatabase } from './sql.ts';

const runtime = createTestRuntime();

describe('the database', () => {
  test('that is frozen is given up on at the deadline, and used again when it thaws', async () => {
    const server = await startEngine('postgresql');
    // The server and its backends: freezing the postmaster alone stops no open connection.
    const signal = (name: NodeJS.Signals) => {
      for (const pid of descendantsOf(server.pid)) {
        try {
          process.kill(pid, name);
        } catch {
          // A background worker that has ended meanwhile.
        }
      }
    };
    afterAll(() => signal('SIGCONT'));
    const database = await openTestDatabase(runtime, server.url);
    await database.query((sql) => sql`select 1`);
    freeze(server.pid);
    signal('SIGSTOP');
    const asking = Promise.all(
      Array.from({ length: 20 }, () =>
        database.query((sql) => sql`select 1`, 300).catch((error: unknown) => error),
      ),
    );
    expect(await endsWithin(1500, () => asking)).toBe(true);
    for (const error of await asking)
      expect(error).toMatchObject({ status: 503, code: 'database_unavailable' });
    signal('SIGCONT');
    server.kill('SIGCONT');
    await eventually(
      'it responds again',
      async () => (await database.query((sql) => sql`select 1 as one`)).length === 1,
    );
  });

  test('that is held is asked nothing: a statement waits for the end of the hold, a ping fails at once', async () => {
    const url = await createTestDatabase();
    const end = Promise.withResolvers<void>();
    let isOver = false;
    const hold = { isOver: () => isOver, over: end.promise };
    const database = openDatabase({ url, name: 'held', poolSize: 1, log: runtime.log, hold });
    afterAll(database.close);
    await expect(database.ping()).rejects.toThrow('held until it is prepared');
    const reading = database.query((sql) => sql`select 1 as row`);
    const observer = await openTestDatabase(runtime, url);
    const sessions = await observer.query(
      (sql) =>
        sql`select from pg_stat_activity where datname = current_database() and application_name = 'held'`,
    );
    expect(sessions).toHaveLength(0);
    isOver = true;
    end.resolve();
    expect([...(await reading)]).toEqual([{ row: 1 }]);
    await database.ping();
  });

  test('forgives a killed backend: the next statement runs', async () => {
    const database = await openTestDatabase(runtime);
    const kill = database.query((sql) => sql`select pg_terminate_backend(pg_backend_pid())`);
    expect(await kill.catch((error: unknown) => error)).toMatchObject({ code: 'database_unavailable' });
    await eventually(
      'the next one runs',
      async () => (await database.query((sql) => sql`select 1`)).length === 1,
    );
  });

  test('plans a statement once a connection where that is asked for, whatever arrays it is sent', async () => {
    const url = await createTestDatabase();
    const plansOf = async (plansOnce: boolean) => {
      const database = openDatabase({ url, name: 'test', poolSize: 1, plansOnce, log: runtime.log });
      afterAll(database.close);
      const uuids = (count: number) => Array.from({ length: count }, () => crypto.randomUUID());
      for (let count = 1; count <= 8; count += 1)
        await database.query((sql) => sql`select id from users where id = any (${uuids(count)}::uuid[])`);
      const [plans] = await database.query(
        (sql) => sql<{ custom: number; generic: number }[]>`
          select custom_plans::int as custom, generic_plans::int as generic from pg_prepared_statements
          where statement like 'select id from users%'`,
      );
      return plans;
    };
    expect(await plansOf(true)).toEqual({ custom: 0, generic: 8 });
    expect((await plansOf(false))?.custom).toBeGreaterThan(0);
  });

  test('reads pages of many rows in the order of their index where that is asked for, and sorts none', async () => {
    const url = await createTestDatabase();
    const userId = crypto.randomUUID();
    const sortsWith = async (pagesByIndex: boolean) => {
      const database = openDatabase({ url, name: 'test', poolSize: 1, pagesByIndex, log: runtime.log });
      afterAll(database.close);
      await database.query(
        (sql) => sql`
          insert into emotional_events
            (id, user_id, occurred_at, occurred_month, event_type, positivity, intensity, stress_level)
          select gen_random_uuid(), ${userId}, now(), date_trunc('month', now())::date, 'calm', 0, 0, 0
          from generate_series(1, 2000)`,
      );
      const plan = await database.query(
        (sql) => sql<Record<string, string>[]>`
          explain select id from emotional_events where user_id = ${userId}::uuid
          order by id, occurred_month limit 500`,
      );
      return plan.some((row) => row['QUERY PLAN']?.includes('Sort  ('));
    };
    expect(await sortsWith(true)).toBeFalse();
    expect(await sortsWith(false)).toBeTrue();
  });

  test('that cannot be reached is 503', async () => {
    const database = await openTestDatabase(runtime, 'postgres://u:p@127.0.0.1:1/d');
    await expect(database.ping()).rejects.toMatchObject({ status: 503 });
  });

  test('says when it has no tables, and when it takes no writes until it takes them again', async () => {
    const url = await createTestDatabase();
    const name = new URL(url).pathname.slice(1);
    const administrator = await openTestDatabase(runtime);
    const administer = (statement: string) => administrator.query((sql) => sql.unsafe(statement));
    await administer(`create database ${name}_empty`);
    const empty = await openTestDatabase(runtime, `${url}_empty`);
    await expect(empty.ping()).rejects.toThrow('ecs migrate');

    await administer(`alter database ${name} set default_transaction_read_only = on`);
    const database = await openTestDatabase(runtime, url);
    await expect(database.ping()).rejects.toThrow(DegradedError);
    await administer(`alter database ${name} set default_transaction_read_only = off`);
    // Its connections are others by then: those of a server that became a standby stay with it.
    await database.ping();
  });

  test('is not ready while its schema is older than the code, and is with a newer one', async () => {
    const url = await createTestDatabase();
    const database = await openTestDatabase(runtime, url);
    await database.query((sql) => sql`delete from schema_version where version = ${SCHEMA_VERSION}`);
    await expect(database.ping()).rejects.toThrow(
      new RegExp(`^the schema is of version \\d+, this process wants ${SCHEMA_VERSION}: ecs migrate$`),
    );
    await database.query((sql) => sql`insert into schema_version (version) values (${SCHEMA_VERSION + 1})`);
    await expect(database.ping()).rejects.toThrow(
      `the schema lacks a migration below version ${SCHEMA_VERSION}: ecs migrate`,
    );
    await database.query((sql) => sql`insert into schema_version (version) values (${SCHEMA_VERSION})`);
    await database.ping();
  });

  test('of a role that no migration let read the version of the schema is older', async () => {
    const url = new URL(await createTestDatabase());
    const owner = await openTestDatabase(runtime, url.href);
    const role = `role_${crypto.randomUUID().replaceAll('-', '')}`;
    await owner.query((sql) => sql.unsafe(`create role ${role} login password 'x'`));
    url.username = role;
    url.password = 'x';
    const database = await openTestDatabase(runtime, url.href);
    await expect(database.ping()).rejects.toThrow('the schema is of an older version');
    await owner.query((sql) => sql.unsafe(`grant select (version) on schema_version to ${role}`));
    await database.ping();
  });

  test('faults of the data, of the statement and of the connection are distinguished', async () => {
    const database = await openTestDatabase(runtime);
    const failureOf = (statement: string) =>
      database.query((sql) => sql.unsafe(statement)).catch((error: unknown) => error);
    const data = [`select 'x'::integer`, `insert into users (id) values (null)`, `select 1/0`];
    for (const statement of data) expect(isDataError(await failureOf(statement))).toBe(true);
    const mistakes = ['select from nowhere', 'selec', 'select no_such_function()'];
    for (const statement of mistakes) expect(isDataError(await failureOf(statement))).toBe(false);
    expect(isTransient({ code: '40P01' })).toBe(true);
    // Of the kernel: no network, no port left, no file left, a rule of the firewall.
    for (const code of ['ECONNREFUSED', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EMFILE', 'EACCES', 'EAI_AGAIN']) {
      expect(isTransient({ code })).toBe(true);
      expect(isDataError(Object.assign(new Error(code), { code }))).toBe(false);
    }
    expect(isTransient({ code: '23505' })).toBe(false);
    expect(isTransient(null)).toBe(false);
  });
});
