import { expect, test } from 'bun:test';
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
