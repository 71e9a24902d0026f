import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../harness/engines.ts';
import { createCli } from './harness.ts';

/** Hints of imports, which are judged here and sent nowhere. */
const [earlierDay, laterDay] = [2, 1].map((days) =>
  new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10),
);
const TABLE = `Data,Valor,Type,State\n${earlierDay},10.00,CARD,COMPLETED\n${laterDay},20.00,TOPUP,PENDING\n`;
const claims = Buffer.from(JSON.stringify({ sub: '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a' }));
const env = { ECS_URL: 'http://localhost:1', ECS_TOKEN: `e30.${claims.toString('base64url')}.x` };
const MAPS = ['--map', 'Data=occurredAt', '--map', 'Valor=amount'];

async function tryImport(...flags: string[]) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.csv'), TABLE);
  const { ecs } = createCli({ env });
  return ecs(['transactions', 'import', 'a.csv', '--dry-run', ...flags], { cwd: folder });
}

const COMMAND = 'ecs transactions import a.csv --dry-run';

test('a hint keeps the values of a flag that stands more than once', async () => {
  const [whole, wrong] = await Promise.all([
    tryImport(...MAPS, '--only', 'State=COMPLETED'),
    tryImport('--map', 'Data=occurredAt', '--map=Valor', '--only', 'X=1'),
  ]);
  expect(whole.stderr).toContain(
    `to take one: ${COMMAND} ${MAPS.join(' ')} --only State=COMPLETED --map Type=COLUMN\n`,
  );
  expect(wrong.stderr).toContain(
    `try: ${COMMAND} --map Data=occurredAt '--map=NAME IN THE FILE=amount' --only X=1\n`,
  );
});

test.each([
  ['--only', 'Stat=COMPLETED', '--only State=COMPLETED'],
  ['--direction', 'Typ=CARD,TOPUP', '--direction Type=CARD,TOPUP'],
])('a column that %s names and the file has not leads to columns of the file', async (flag, pair, right) => {
  const { code, stderr } = await tryImport(...MAPS, flag, pair);
  expect(code).toBe(2);
  expect(stderr).toContain(`: ${COMMAND} ${MAPS.join(' ')} ${right}\n`);
  expect(stderr).not.toContain('NAME IN THE FILE');
});

test('a text of --only that no row has is named', async () => {
  const texts = ['State=COMPLETED', 'State=PENDNG', 'Type=TOPUP', 'Type=CARD'];
  const only = texts.flatMap((text) => ['--only', text]);
  const { code, stderr, stdout } = await tryImport(...MAPS, ...only);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('1 would be accepted') });
  expect(stderr).toContain('a.csv: no row has State=PENDNG\n');
  expect(stderr).not.toMatch(/no row has (State=C|Type)/);
});

test('a file that is not there is named before a login is asked for', async () => {
  const { ecs } = createCli({ env: { ECS_URL: env.ECS_URL } });
  for (const kind of ['transactions', 'emotions']) {
    expect(await ecs([kind, 'import', 'nofile', '--quiet'])).toEqual({
      code: 3,
      stdout: '',
      stderr: 'ecs: there is no file nofile\n',
    });
  }
});
