import { expect, test } from 'bun:test';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../../tests/harness/engines.ts';
import { SetupError } from '../setup-error.ts';
import { loadSecrets } from './secrets.ts';

const LOAD = `
  import { loadSecrets } from ${JSON.stringify(join(import.meta.dir, 'secrets.ts'))};
  loadSecrets(process.argv.at(-1), {});`;

test('secrets are made once, and are the same ones at the next start', () => {
  const dataDir = temporaryFolder();
  const secrets = loadSecrets(dataDir, {});
  expect(loadSecrets(dataDir, {})).toEqual(secrets);
  expect(secrets.secretKey).toHaveLength(43);
  expect(readdirSync(join(dataDir, 'secrets'))).toHaveLength(6);
});

test('a start that cannot write a secret leaves none that is empty', async () => {
  const dataDir = temporaryFolder();
  // As on a full disk: the file can be made, and nothing be written into it.
  const start = Bun.spawn(
    ['sh', '-c', 'ulimit -f 0; exec "$0" -e "$1" "$2"', process.execPath, LOAD, dataDir],
    {
      stdio: ['ignore', 'ignore', 'ignore'],
    },
  );
  expect(await start.exited).not.toBe(0);
  expect(loadSecrets(dataDir, {}).secretKey).toHaveLength(43);
});

test('a secret that is empty is refused by its file, and never used', () => {
  const dataDir = temporaryFolder();
  mkdirSync(join(dataDir, 'secrets'));
  writeFileSync(join(dataDir, 'secrets', 'postgres-password'), '\n');
  expect(() => loadSecrets(dataDir, {})).toThrow(SetupError);
  expect(() => loadSecrets(dataDir, {})).toThrow('secrets/postgres-password is empty');
});
