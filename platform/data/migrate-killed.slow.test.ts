import { afterAll, beforeAll, expect, test } from 'bun:test';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { eventually, startEngine, temporaryFolder } from '../../tests/harness/engines.ts';
import { migrate } from './migrate.ts';

/** `ecs migrate` that is killed after each file, on a database of the first release that has customers. */
const LONG_MS = 240_000;
const FOLDER = join(import.meta.dir, '..', '..', 'migrations');
const FILES = readdirSync(FOLDER).toSorted();
const FIRST_RELEASE = 5;
let adminUrl: string;
let admin: postgres.Sql;

beforeAll(async () => {
  adminUrl = (await startEngine('postgresql')).url;
  admin = postgres(adminUrl, { max: 2, onnotice: () => {} });
}, LONG_MS);
afterAll(() => admin?.end({ timeout: 1 }));

const CUSTOMERS = 200;
/** Of each customer's offers one is active, one expired, one open; with their decisions and notifications. */
const seed = (sql: postgres.Sql) => sql`
  with customer as (
    insert into users (id, email, password_hash, notification_count)
    select gen_random_uuid(), 'customer' || number || '@example.com', 'x', 1
    from generate_series(1, ${CUSTOMERS}) as number returning id
  ),
  offer as (
    insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at,
      accepted_at, activated_at)
    select gen_random_uuid(), id, status, 1000, 12, 'SHORT_TERM_PERSONAL_LOAN', now() + interval '1 day',
      case when status = 'active' then now() end, case when status = 'active' then now() end
    from customer, unnest(array['active', 'expired', 'offered']) as status
    returning id, user_id, status
  ),
  decision as (
    insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version, features,
      contributions, reasons, offer_id)
    select gen_random_uuid(), user_id, true, 0.2, 'm', 'v1', '{}', '{}', '[]', id from offer
  ),
  message as (
    insert into outbox (id, topic, payload) select id::text, 'creditOffersApproved', '{}' from offer
    where status = 'active'
  )
  insert into notifications (id, user_id, position, type, title, message, offer_id)
  select gen_random_uuid(), user_id, 1, 'CREDIT_LIMIT_APPLIED', 't', 'm', id from offer where status = 'active'`;

/** A database of the first release, and the folder of its files. */
async function openFirstRelease(name: string) {
  await admin`create database ${admin(name)}`;
  const url = adminUrl.replace(/\/[^/]*$/, `/${name}`);
  const folder = temporaryFolder();
  const add = (file: string) => copyFileSync(join(FOLDER, file), join(folder, file));
  for (const file of FILES.slice(0, FIRST_RELEASE)) add(file);
  await migrate(url, { pattern: join(folder, '*') });
  const sql = postgres(url, { max: 2, onnotice: () => {} });
  await seed(sql);
  return { url, sql, add, pattern: join(folder, '*') };
}

/** Everything that migrations make, and how many rows each table has. */
async function describeDatabase(sql: postgres.Sql) {
  const [catalog] = await sql`select
    (select json_agg(row order by row::text) from (
      select table_name, column_name, column_default, is_nullable, data_type
      from information_schema.columns where table_schema = 'public') as row) as columns,
    (select json_agg(indexdef order by indexdef) from pg_indexes where schemaname = 'public') as indexes,
    (select json_agg(line order by line) from (
      select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) as line
      from pg_constraint where connamespace = 'public'::regnamespace) as row) as constraints,
    (select json_agg(definition order by definition) from (
      select pg_get_functiondef(oid) as definition from pg_proc
      where pronamespace = 'public'::regnamespace and prokind = 'f') as row) as functions,
    (select json_agg(definition order by definition) from (
      select pg_get_triggerdef(oid) as definition from pg_trigger where not tgisinternal) as row) as triggers`;
  const tables = await sql<{ name: string }[]>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`;
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from ${sql(name)}`;
    counts[name] = row?.count ?? 0;
  }
  return { ...catalog, counts };
}

test(
  'goes on each time, and ends with the same tables and rows as one that was left alone',
  async () => {
    const alone = await openFirstRelease('alone');
    await migrate(alone.url);
    const killed = await openFirstRelease('killed');
    const code = `import { migrate } from ${JSON.stringify(join(import.meta.dir, 'migrate.ts'))};
      await migrate(${JSON.stringify(killed.url)}, { pattern: ${JSON.stringify(killed.pattern)} });`;
    for (const file of FILES.slice(FIRST_RELEASE)) {
      killed.add(file);
      const child = Bun.spawn([process.execPath, '-e', code], { stdout: 'ignore', stderr: 'pipe' });
      const version = Number(file.slice(0, 4));
      await eventually(`${file} is applied`, async () => {
        const [row] = await killed.sql`select from schema_version where version = ${version}`;
        if (child.exitCode) throw new Error(await new Response(child.stderr).text());
        return row !== undefined;
      });
      child.kill('SIGKILL');
      await child.exited;
    }
    expect((await migrate(killed.url)).applied).toEqual([]);
    const [left, right] = [await describeDatabase(killed.sql), await describeDatabase(alone.sql)];
    expect(left).toEqual(right);
    expect(left.counts).toMatchObject({ users: CUSTOMERS, credit_limits: 3 * CUSTOMERS });
    await Promise.all([alone.sql.end({ timeout: 1 }), killed.sql.end({ timeout: 1 })]);
  },
  LONG_MS,
);
