import { beforeAll, describe, expect, test } from 'bun:test';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMPILER_ENV, COMPILER_OPTIONS } from '../harness/compiler.ts';
import { temporaryFolder } from '../harness/engines.ts';

/** The worked examples of docs/contributing/recipes.md, applied to a copy of the tree and run there. */
const ROOT = join(import.meta.dir, '..', '..');
const RECIPES = readFileSync(join(ROOT, 'docs', 'contributing', 'recipes.md'), 'utf8');
const PLACES_MAX = 4;
const LONG_MS = 180_000;

describe.each(['Add an endpoint', 'Add an event type'])('the recipe "%s"', (title) => {
  const blocks = blocksOf(title);
  const isTest = ({ path }: Block) => path.endsWith('.test.ts');
  const copy = temporaryFolder();

  beforeAll(() => {
    copyTree(copy);
    for (const block of blocks) apply(block, copy);
  }, LONG_MS);

  test(`touches at most ${PLACES_MAX} files by hand, and has a test`, () => {
    expect(blocks.filter((block) => !isTest(block)).length).toBeLessThanOrEqual(PLACES_MAX);
    expect(blocks.filter(isTest).length).toBeGreaterThan(0);
  });

  test(
    'does what it promises: documents, types, form and its own test',
    () => {
      run(copy, 'apps/gateway/docs/write.ts');
      run(copy, 'x', 'tsc', '--noEmit', ...COMPILER_OPTIONS);
      run(copy, 'x', 'biome', 'format', ...blocks.map(({ path }) => path));
      run(copy, 'test', '--timeout=60000', 'apps/gateway/docs', 'tests/tidy.test.ts');
      run(copy, 'test', '--timeout=60000', ...blocks.filter(isTest).map(({ path }) => path));
    },
    LONG_MS,
  );
});

test('an example that does not fit the code is named by its file', () => {
  const block = { path: 'apps/main.ts', isDiff: true, text: '-no such line\n+another' };
  const copy = temporaryFolder();
  mkdirSync(join(copy, 'apps'));
  cpSync(join(ROOT, block.path), join(copy, block.path));
  expect(() => apply(block, copy)).toThrow('apps/main.ts: 0 places have:\nno such line');
});

interface Block {
  path: string;
  isDiff: boolean;
  text: string;
}

/** The blocks of a section that are headed by a file. */
function blocksOf(title: string): Block[] {
  const section = RECIPES.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? '';
  const fences = [...section.matchAll(/^```(\w+) (\S+)\n([\s\S]*?)\n```$/gm)];
  return fences.map(([, language, path = '', text = '']) => ({ path, isDiff: language === 'diff', text }));
}

/** The tree as it stands, files that are not added yet among it, with the dependencies of this one. */
function copyTree(to: string): void {
  const flags = ['--cached', '--others', '--exclude-standard'];
  const listed = Bun.spawnSync(['git', 'ls-files', '-z', ...flags], { cwd: ROOT });
  // A file that was removed and not committed is listed still.
  const files = listed.stdout
    .toString()
    .split('\0')
    .filter((file) => file && existsSync(join(ROOT, file)));
  expect(files.length).toBeGreaterThan(100);
  for (const file of files) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    cpSync(join(ROOT, file), join(to, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'));
}

/** Writes a new file, or makes each change of a diff, whose place must be one. Throws an Error. */
function apply({ path, isDiff, text }: Block, copy: string): void {
  const file = join(copy, path);
  if (!isDiff) return writeFileSync(file, `${text}\n`, { flag: 'wx' });
  let content = readFileSync(file, 'utf8');
  for (const change of text.split('\n@@\n')) {
    const linesOf = (marks: string) =>
      change
        .split('\n')
        .filter((line) => marks.includes(line[0] ?? ' '))
        .map((line) => line.slice(1))
        .join('\n');
    const [before, ...rest] = [linesOf(' -'), linesOf(' +')];
    const count = content.split(before).length - 1;
    if (count !== 1) throw new Error(`${path}: ${count} places have:\n${before}`);
    content = content.replace(before, () => rest.join('\n'));
  }
  writeFileSync(file, content);
}

/** Runs Bun in the copy. Throws an Error with its output when it fails. */
function run(copy: string, ...args: string[]): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, ...args], {
    cwd: copy,
    env: COMPILER_ENV,
  });
  if (exitCode !== 0)
    throw new Error(`bun ${args.join(' ')}:\n${stdout.toString()}\n${stderr.toString()}`.slice(-6000));
}
