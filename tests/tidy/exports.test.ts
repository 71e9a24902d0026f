import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { uselessExports } from './exports.ts';

const ROOT = join(import.meta.dir, '..', '..');
const FOLDERS = ['apps', 'cli', 'deploy', 'load-tests', 'platform', 'sdk', 'tests', 'underwriting'];

test('every export is imported by another file', () => {
  const paths = FOLDERS.flatMap((folder) => [...new Bun.Glob(`${folder}/**/*.{ts,tsx}`).scanSync(ROOT)]);
  const modules = new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
  expect(modules.size).toBeGreaterThan(1000);
  expect(uselessExports(modules)).toEqual([]);
});

test('an import by name, under another name, whole or when it is needed counts; of the same file it does not', () => {
  const modules = new Map([
    [
      'a/one.ts',
      'export const used = 1;\nexport type Other = 2;\nexport function lost() {\n  return lost;\n}\n',
    ],
    ['a/two.ts', 'export const whole = 1;\n'],
    ['b/three.ts', 'export const loaded = 1;\n'],
    [
      'b/four.ts',
      "import { type Other as Mine, used } from '../a/one.ts';\nimport * as two from '../a/two.ts';\n",
    ],
    ['b/five.ts', "const three = await import('./three.ts');\n"],
  ]);
  expect(uselessExports(modules)).toEqual(['a/one.ts lost']);
});
