import { expect, test } from 'bun:test';
import { Glob } from 'bun';
import { join } from 'node:path';

const SDK = join(import.meta.dir, '..');
const read = (file: string) => Bun.file(join(SDK, file)).text();

/** The names that a file imports from the contracts, each with its contract. */
function importsOf(source: string): [name: string, contract: string][] {
  const imports = source.matchAll(/import type \{([^}]+)\} from '(?:\.\.|\.)\/(contracts\/[^']+)'/g);
  return [...imports].flatMap(([, names = '', contract = '']) =>
    names.split(',').flatMap((name): [string, string][] => (name.trim() ? [[name.trim(), contract]] : [])),
  );
}

/** Whether an entry exports a name of a contract: all of them, or this one. */
function exportsName(entry: string, name: string, contract: string): boolean {
  const path = `from '(?:\\.\\.|\\.)/${contract.replaceAll('.', '\\.')}'`;
  return (
    new RegExp(`export type \\* ${path}`).test(entry) ||
    new RegExp(`export type \\{[^}]*\\b${name}\\b[^}]*\\} ${path}`).test(entry)
  );
}

test.each([
  ['index.ts', ['client.ts', 'resources/*.ts']],
  ['operators/index.ts', ['operators/*.ts']],
])('%s exports every type of the contracts that its calls take and return', async (entry, patterns) => {
  const entrySource = await read(entry);
  const missing: string[] = [];
  let count = 0;
  for (const file of patterns.flatMap((pattern) => [...new Glob(pattern).scanSync(SDK)])) {
    if (file.endsWith('.test.ts')) continue;
    for (const [name, contract] of importsOf(await read(file))) {
      count += 1;
      if (!exportsName(entrySource, name, contract)) missing.push(`${name} of ${contract} (${file})`);
    }
  }
  expect(missing).toEqual([]);
  expect(count).toBeGreaterThan(20);
});
