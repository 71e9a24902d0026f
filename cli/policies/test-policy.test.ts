import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectPostgres } from '../../platform/data/connect-postgres.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { createCli, envelopeOf } from '../../tests/cli/harness.ts';
import { createTestDatabase } from '../../tests/harness/engines.ts';
import { storeDecisions } from '../../tests/harness/stored-decisions.ts';
import type { BacktestReport } from '../../underwriting/decision/backtest-report.ts';
import { SHIPPED } from '../../underwriting/decision/test-records.ts';

const COUNT = 2500;
let sql: Sql;
let cli: ReturnType<typeof createCli>;

beforeAll(async () => {
  const databaseUrl = await createTestDatabase();
  sql = connectPostgres(databaseUrl, { max: 1, name: 'test', connectSeconds: 5 });
  await storeDecisions(sql, COUNT);
  cli = createCli({ env: { DATABASE_URL: databaseUrl } });
});
afterAll(() => sql.end());

function writePolicy(change: object): string {
  const file = join(cli.configDir, `${crypto.randomUUID()}.json`);
  writeFileSync(file, JSON.stringify({ ...SHIPPED.document, ...change }));
  return file;
}

const testPolicy = (...words: string[]) =>
  cli.data<BacktestReport & { kept: boolean }>(['policy', 'test', ...words]);

test('the policy that decided gives no difference, over as many decisions as are asked for', async () => {
  expect(await testPolicy('v1')).toMatchObject({ decisions: COUNT, replayed: COUNT, differences: 0 });
  expect(await testPolicy('v1', '--last', '1200')).toMatchObject({ decisions: 1200, differences: 0 });
});

test('a test of nothing fails, whether there is no decision or none that could be decided again', async () => {
  for (const words of [
    ['--since', '2999-01-01'],
    ['--since', '2999-01-01', '--empty'],
  ]) {
    const none = envelopeOf(await cli.ecs(['policy', 'test', 'v1', ...words, '--json']));
    expect(none).toMatchObject({ ok: false, error: { code: 'nothing_to_test', exitCode: 1 } });
  }
  const known = await sql`select version, document, hash from policies where version = 'v1'`;
  await sql.unsafe(`alter table policies disable trigger all`);
  await sql`update policies set document = jsonb_set(document, '{title}', '"Another"') where version = 'v1'`;
  const { code, stderr } = await cli.ecs(['policy', 'test', writePolicy({ version: 'other' })]);
  await sql`update policies set document = ${sql.json(known[0]?.document as never)} where version = 'v1'`;
  await sql.unsafe(`alter table policies enable trigger all`);
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining(
      `other could decide none of ${COUNT} decisions again (${COUNT} not: decided by a policy that`,
    ),
  ]);
});

test('a planted threshold flips exactly the decisions between the two', async () => {
  const file = writePolicy({
    version: 'strict',
    rules: [{ code: 'high_risk_score', deny_when: 'score > 0.4' }],
  });
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from credit_analyses
    where approved and (record #>> '{twin,prediction,risk_score}')::float8 > 0.4
      and coalesce((record #>> '{full,prediction,risk_score}')::float8, 1) > 0.4`;
  expect(row?.count).toBeGreaterThan(20);
  const report = await testPolicy(file);
  expect(report.flips).toEqual({ to_approved: 0, to_denied: row?.count ?? -1 });
  const customers = report.cohorts.filter(({ by }) => by === 'customer');
  expect(customers.map(({ value, decisions }) => [value, decisions])).toEqual(
    expect.arrayContaining([
      ['new', COUNT / 2],
      ['known', COUNT / 2],
    ]),
  );
});

test('nothing is kept without an operator', async () => {
  expect((await testPolicy(writePolicy({ version: 'mine-1' }))).kept).toBe(false);
  expect((await testPolicy('v1')).kept).toBe(false);
  const events = await sql`select id from policy_events where act = 'test'`;
  expect(events).toHaveLength(0);
});

test('the page has plots and needs nothing from elsewhere; the tables fit a terminal', async () => {
  const page = join(cli.configDir, 'page.html');
  const { stdout, code } = await cli.ecs(['policy', 'test', 'v1', '--html', page]);
  expect(code).toBe(0);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  const html = readFileSync(page, 'utf8');
  expect(html.match(/<svg /g)?.length).toBe(4);
  expect(html).not.toMatch(/<script|https?:|src=|@import|NaN|undefined/);
});
