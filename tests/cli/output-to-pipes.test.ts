import { expect, test } from 'bun:test';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../harness/engines.ts';

const MAIN = join(import.meta.dir, '..', '..', 'cli', 'main.ts');
const LINE_COUNT = 100;
const LINE_LENGTH = 20_000;

/** The command of a data folder with much in its logs. */
function logsCommand(): string[] {
  const dataDir = temporaryFolder();
  mkdirSync(join(dataDir, 'logs'));
  const line = { level: 'info', time: '2026-11-28T10:00:00.000Z', msg: 'x'.repeat(LINE_LENGTH) };
  writeFileSync(join(dataDir, 'logs', 'ecs.log'), `${JSON.stringify(line)}\n`.repeat(LINE_COUNT));
  return [process.execPath, MAIN, 'logs', '--data-dir', dataDir];
}

test('a reader that takes its time has all, also of what no pipe holds', async () => {
  const child = Bun.spawn(logsCommand(), { stdout: 'pipe', stderr: 'ignore' });
  const output = await new Response(child.stdout).text();
  expect(output.split('\n').filter((line) => line.length > LINE_LENGTH)).toHaveLength(LINE_COUNT);
  expect(await child.exited).toBe(0);
});

test('a reader that has seen enough is no failure', async () => {
  const command = ['sh', '-c', '{ "$@"; echo $? >&2; } | head -c 10', 'sh', ...logsCommand()];
  const { stdout, stderr } = Bun.spawnSync(command);
  expect([stdout.length, stderr.toString().trim()]).toEqual([10, '0']);
});

test('a full disk is a failure, in one line: what was printed is not there', () => {
  const full = openSync('/dev/full', 'w');
  const { exitCode, stderr } = Bun.spawnSync(logsCommand(), { stdout: full });
  closeSync(full);
  expect(exitCode).toBe(1);
  expect(stderr.toString().trim()).toBe('ecs: standard output takes no more: no space is left');
});
