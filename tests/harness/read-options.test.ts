import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { parseOptions } from './read-options.ts';

const KINDS = { seed: 'number', only: 'text', json: 'flag' } as const;

test('options of a script are obeyed, in any order and both spellings', () => {
  expect(parseOptions(['run', '--seed', '7', 'one', '--only=a,b', '--json'], KINDS, true)).toEqual({
    names: ['run', 'one'],
    options: { seed: 7, only: 'a,b', json: true },
  });
  expect(parseOptions([], KINDS, false)).toEqual({ names: [], options: {} });
});

test.each([
  [['--help'], '--help'],
  [['--seed'], '--seed'],
  [['--seed', 'seven'], '--seed must be a whole number, not "seven"'],
  [['--seed=-1'], '--seed must be a whole number'],
  [['--json=yes'], '--json'],
  [['-x'], '-x'],
  [['name'], 'name'],
])('%p are refused by name', (args, message) => {
  expect(() => parseOptions(args, KINDS, false)).toThrow(message);
});

test.each([
  'cli/dev/main.ts',
  'deploy/nats/users.ts',
  'sdk/pack/main.ts',
  'tests/bench/main.ts',
  'tests/bench/replay.ts',
  'tests/compose/main.ts',
  'tests/drills/main.ts',
  'tests/tidy/words.ts',
])('%s refuses an argument that it does not know', (script) => {
  const root = join(import.meta.dir, '..', '..');
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, script, '--no-such-option'], {
    cwd: root,
    timeout: 20_000,
  });
  expect([exitCode, stdout.toString()]).toEqual([script.startsWith('deploy/') ? 64 : 2, '']);
  expect(stderr.toString()).toMatch(/--no-such-option|usage: /);
});
