import { afterAll, beforeAll, expect, test } from 'bun:test';
import { connectPostgres } from '../../platform/data/connect-postgres.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { createCli, envelopeOf } from '../../tests/cli/harness.ts';
import { createTestDatabase } from '../../tests/harness/engines.ts';
import { storeDecisions } from '../../tests/harness/stored-decisions.ts';

let sql: Sql;
let cli: ReturnType<typeof createCli>;

beforeAll(async () => {
  const databaseUrl = await createTestDatabase();
  sql = connectPostgres(databaseUrl, { max: 1, name: 'test', connectSeconds: 5 });
  await storeDecisions(sql, 60);
  cli = createCli({ env: { DATABASE_URL: databaseUrl, ECS_URL: 'http://127.0.0.1:9' } });
});
afterAll(() => sql.end());

test('lists denials, shows a record with its place, and explains it as prose without a feeling', async () => {
  const denials = await cli.data<{ analysis_id: string; approved: boolean; reasons: string[] }[]>([
    'decisions',
    'ls',
    '--denied',
  ]);
  expect(denials.length).toBeGreaterThan(3);
  expect(denials.every(({ approved, reasons }) => !approved && reasons.length > 0)).toBe(true);
  const id = denials[0]?.analysis_id ?? '';
  const shown = await cli.data<{
    record: { analysis_id: string };
    chain: { position: number };
    differences: [];
  }>(['decisions', 'show', id]);
  expect(shown).toMatchObject({ record: { analysis_id: id }, differences: [] });
  expect(shown.chain.position).toBeGreaterThan(0);
  const { stdout, code } = await cli.ecs(['decisions', 'explain', id]);
  expect(code).toBe(0);
  expect(stdout).toContain('The application was DENIED.');
  const why = stdout.slice(stdout.indexOf('\nWhy'));
  expect(why).toContain('would have been enough');
  expect(why).not.toMatch(/positivity|stress|emotion/i);
  expect((await cli.ecs(['decisions', 'show', crypto.randomUUID()])).code).toBe(3);
});

test('a replay exits with 0 while nothing differs, and with 1 and the place when a byte was changed', async () => {
  const whole = await cli.ecs(['decisions', 'replay']);
  expect(whole.code).toBe(0);
  const [, head = ''] = /head (60:[0-9a-f]{64})$/.exec(whole.stdout.trim()) ?? [];
  const expectHead = (text: string) => cli.ecs(['decisions', 'replay', '--last', '1', '--expect-head', text]);
  expect((await expectHead(head)).code).toBe(0);
  const cut = await expectHead(head.replace('60:', '61:'));
  expect([cut.code, cut.stdout.split('\n')[0]]).toEqual([
    1,
    `/chain/head: stored null, must be "${head.slice(3)}"`,
  ]);
  expect((await expectHead(head.slice(0, -1))).code).toBe(2);
  const [row] = await sql<{ id: string }[]>`
    update credit_analyses set record = jsonb_set(record, '{exposure,before}', '1')
    where id = (select analysis_id from credit_analysis_chain where position = 5) returning id`;
  const text = await cli.ecs(['decisions', 'replay']);
  expect(text.code).toBe(1);
  expect(text.stdout).toContain(`${row?.id} /record_hash: stored`);
  expect(text.stdout).toContain(`${row?.id} /columns/exposure_before: stored`);
  const { ok, data, error } = envelopeOf(await cli.ecs(['decisions', 'replay', '--last', '60', '--json']));
  expect({ ok, code: error?.code }).toEqual({ ok: false, code: 'decisions_differ' });
  expect(data).toMatchObject({ replayed: 60, places: [{ analysisId: row?.id }, { analysisId: row?.id }] });
  expect((await cli.ecs(['decisions', 'replay', '--last', '1', '--all'])).code).toBe(2);
});
