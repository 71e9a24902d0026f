import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { readBuiltPages, writeBuiltPages } from '../../apps/console/built-pages.ts';
import { createBundle } from '../../apps/console/bundle.ts';
import { PAGES } from '../../apps/console/web/pages.ts';
import { temporaryFolder } from '../harness/engines.ts';

/** Of all that a browser asks for before the first page is there, with gzip. */
const FIRST_LOAD_BYTES_MAX = 120_000;

const bundle = createBundle();

/** Returns the names of a file and of all that it imports at once, not on demand. */
async function loadedWith(name: string, loaded = new Set<string>()): Promise<Set<string>> {
  const asset = await bundle.asset(name);
  if (!asset || loaded.has(name)) return loaded;
  loaded.add(name);
  const text = new TextDecoder().decode(asset.body);
  for (const [, next = ''] of text.matchAll(/(?:from|import)\s?"(?:\/console\/assets\/|\.\/)([^"]+)"/g)) {
    await loadedWith(next, loaded);
  }
  return loaded;
}

async function gzippedBytes(names: Iterable<string>): Promise<number> {
  let bytes = 0;
  for (const name of names) bytes += (await bundle.asset(name))?.gzipped.byteLength ?? 0;
  return bytes;
}

test('the shell and the largest page are loaded with less than 120 kB', async () => {
  const html = await bundle.page();
  const entries = [...html.matchAll(/(?:src|href)="\/console\/assets\/([^"]+)"/g)].map(
    ([, name = '']) => name,
  );
  expect(entries.length).toBeGreaterThanOrEqual(2);
  const shell = new Set<string>();
  for (const name of entries) await loadedWith(name, shell);
  const shellBytes = await gzippedBytes(shell);
  const script = await Promise.all([...shell].map(async (name) => (await bundle.asset(name))?.body));
  const text = script.map((body) => new TextDecoder().decode(body)).join('\n');
  const lazy = new Set(
    [...text.matchAll(/import\("(?:\/console\/assets\/|\.\/)([^"]+)"\)/g)].map(([, name = '']) => name),
  );
  expect(lazy.size).toBeGreaterThanOrEqual(PAGES.length);
  const sizes = await Promise.all(
    [...lazy].map(async (name) => {
      const more = [...(await loadedWith(name))].filter((needed) => !shell.has(needed));
      return [name.replace(/-[^-]+$/, ''), shellBytes + (await gzippedBytes(more))] as const;
    }),
  );
  const largest = sizes.toSorted(([, a], [, b]) => b - a);
  if (process.env.CONSOLE_SIZES) console.log(shellBytes, largest);
  expect(largest.filter(([, bytes]) => bytes > FIRST_LOAD_BYTES_MAX)).toEqual([]);
});

test('a page is two files from the first one, and few in all', async () => {
  const importsOf = async (name: string, pattern: RegExp) => {
    const text = new TextDecoder().decode((await bundle.asset(name))?.body);
    return [...text.matchAll(pattern)].map(([, next = '']) => next);
  };
  const html = await bundle.page();
  const named = [...html.matchAll(/(?:src|href)="\/console\/assets\/([^"]+)"/g)].map(([, name = '']) => name);
  const [script = ''] = [...html.matchAll(/src="\/console\/assets\/([^"]+)"/g)].map(([, name = '']) => name);
  const STATIC = /(?:from|import)\s?"(?:\/console\/assets\/|\.\/)([^"]+)"/g;
  expect(await importsOf(script, STATIC)).toEqual([]);
  const pages = await importsOf(script, /import\("(?:\/console\/assets\/|\.\/)([^"]+)"\)/g);
  expect(pages.length).toBeGreaterThanOrEqual(PAGES.length);
  const isLoaded = (name: string) => named.includes(name);
  for (const page of pages) {
    const files = (await importsOf(page, STATIC)).filter((name) => !isLoaded(name));
    const further = (await Promise.all(files.map((name) => importsOf(name, STATIC)))).flat();
    expect(further.filter((name) => !isLoaded(name) && !files.includes(name))).toEqual([]);
    expect(named.length + 1 + files.length).toBeLessThanOrEqual(12);
  }
});

test('no file has a word of the server’s secrets or of other hosts', async () => {
  const html = await bundle.page();
  const [script = ''] = [...html.matchAll(/src="\/console\/assets\/([^"]+)"/g)].map(([, name = '']) => name);
  const text = new TextDecoder().decode((await bundle.asset(script))?.body);
  expect(text).not.toMatch(/SECRET_KEY|DATABASE_URL|process\.env/);
  expect(await bundle.asset('../service.ts')).toBeUndefined();
  expect(await bundle.asset('')).toBeUndefined();
});

test('pages that were built before are taken, and built anew where a source is another since', async () => {
  const folder = temporaryFolder();
  expect(await readBuiltPages(folder)).toBeNull();
  await writeBuiltPages(folder);
  const manifestFile = Bun.file(join(folder, 'manifest.json'));
  const manifest = await manifestFile.json();
  expect(manifest.inputs).toContain('apps/console/web/main.tsx');
  expect(manifest.inputs).toContain('docs/failure-modes.md');
  const built = await readBuiltPages(folder);
  expect(built?.page).toBe(await bundle.page());
  for (const [name, asset] of built?.assets ?? []) expect(asset).toEqual((await bundle.asset(name)) ?? asset);
  await manifestFile.write(JSON.stringify({ ...manifest, page: 'from the folder' }));
  expect(await createBundle({ folder }).page()).toBe('from the folder');
  await manifestFile.write(JSON.stringify({ ...manifest, page: 'from the folder', hash: 'of others' }));
  expect(await readBuiltPages(folder)).toBeNull();
  expect(await createBundle({ folder }).page()).toBe(await bundle.page());
});
