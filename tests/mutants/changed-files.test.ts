import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changedFiles } from './changed-files.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'ecs-changed-')));
afterAll(() => rmSync(root, { recursive: true }));

const git = (...args: string[]) => {
  const identity = ['-c', 'user.name=tests', '-c', 'user.email=tests@example.com'];
  const { success, stderr } = Bun.spawnSync(['git', ...identity, ...args], { cwd: root });
  if (!success) throw new Error(stderr.toString());
};
const write = (name: string, text: string) => writeFileSync(join(root, name), text);
const commit = (name: string, text: string) => {
  write(name, text);
  git('add', name);
  git('commit', '-qm', name);
};

beforeAll(() => {
  git('init', '-q', '-b', 'main');
  commit('same.ts', '1');
  commit('edited.ts', '1');
  git('checkout', '-qb', 'work');
  commit('committed.ts', '1');
  write('edited.ts', '2');
  write('new.ts', '1');
  git('checkout', '-q', 'main');
  commit('of-others.ts', '1');
  git('checkout', '-q', 'work');
});

test('what was committed, edited or added since the branch began is changed, what others did since is not', () => {
  expect([...changedFiles('main', root)].toSorted()).toEqual(['committed.ts', 'edited.ts', 'new.ts']);
});

test('a reference that git does not know is an error, not nothing to do', () => {
  expect(() => changedFiles('nowhere', root)).toThrow('nowhere');
});
