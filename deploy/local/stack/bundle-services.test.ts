import { expect, test } from 'bun:test';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../../../tests/harness/engines.ts';
import { bundleServices, existingEntry, SOURCE } from './bundle-services.ts';

const TOP = join(import.meta.dir, '..', '..', '..');

interface Manifest {
  inputs: [path: string, modifiedMs: number, bytes: number][];
}

test('a bundle is made once, and anew when a source is another', async () => {
  const cache = temporaryFolder();
  const entry = await bundleServices(cache);
  expect(await bundleServices(cache)).toBe(entry);
  const manifestFile = join(dirname(entry), 'manifest.json');
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;
  expect(manifest.inputs.map(([path]) => path)).toContain(SOURCE);
  // As if the entry had been changed since.
  for (const input of manifest.inputs) if (input[0] === SOURCE) input[2] += 1;
  writeFileSync(manifestFile, JSON.stringify(manifest));
  const next = await bundleServices(cache);
  expect(next).not.toBe(entry);
  expect(await bundleServices(cache)).toBe(next);
}, 60_000);

test('bundles that are made at once are whole, each by itself, and the old ones go later', async () => {
  const cache = temporaryFolder();
  const entries = await Promise.all(Array.from({ length: 5 }, () => bundleServices(cache)));
  expect(new Set(entries).size).toBe(5);
  for (const entry of entries) expect(existingEntry(entry)).toBe(entry);
  const newest = await bundleServices(cache);
  expect(entries).toContain(newest);
  for (const entry of entries) utimesSync(dirname(entry), 0, entries.indexOf(entry));
  rmSync(join(cache, 'newest'));
  await bundleServices(cache);
  expect(readdirSync(cache).filter((name) => name.startsWith('bundle-'))).toHaveLength(3);
}, 60_000);

test('without a place to keep it, or once it is gone, the sources start', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  expect(await bundleServices(file)).toBe(SOURCE);
  expect(existingEntry(join(file, 'main.js'))).toBe(SOURCE);
});

/** A checkout with a source that prints its own place. */
function makeCheckout(name: string) {
  const top = join(realpathSync(temporaryFolder()), name);
  mkdirSync(join(top, 'apps'), { recursive: true });
  const source = join(top, 'apps', 'main.ts');
  writeFileSync(source, 'console.log(import.meta.dir, import.meta.main);');
  utimesSync(source, 1, 1);
  return { top, source };
}

test('sources find their places in a checkout with any name, also below a folder of packages', async () => {
  for (const name of ['with a space', "$& and $'", 'node_modules/of-another']) {
    const { top } = makeCheckout(name);
    const cache = temporaryFolder();
    const entry = await bundleServices(cache, top);
    expect(entry).toStartWith(cache);
    expect(Bun.spawnSync([process.execPath, entry]).stdout.toString()).toBe(`${join(top, 'apps')} true\n`);
  }
});

test('a source that is changed while it is bundled starts itself, and is bundled later', async () => {
  const { top, source } = makeCheckout('checkout');
  const cache = temporaryFolder();
  const later = Date.now() / 1000 + 60;
  utimesSync(source, later, later);
  expect(await bundleServices(cache, top)).toBe(source);
  utimesSync(source, 1, 1);
  expect(await bundleServices(cache, top)).toStartWith(cache);
});

test('it does as the sources do: usage, problems of the configuration', async () => {
  const cache = temporaryFolder();
  const bundle = await bundleServices(cache);
  expect(bundle).toStartWith(cache);
  // A source that looked for its files beside the bundle would not find them.
  const code = readdirSync(dirname(bundle)).filter((name) => name.endsWith('.js'));
  const texts = code.map((name) => readFileSync(join(dirname(bundle), name), 'utf8')).join('\n');
  expect(texts).toContain(JSON.stringify(join(TOP, 'apps', 'console')));
  expect(texts).not.toMatch(/import\.meta\.(dir|main|path|file)\b/);
  for (const args of [['no-service'], ['all'], ['gateway', 'credit']]) {
    const [bySources, byBundle] = [run(SOURCE, args), run(bundle, args)];
    expect(byBundle).toEqual(bySources);
    expect([64, 78]).toContain(byBundle.code);
  }
}, 60_000);

function run(entry: string, args: string[]): { code: number; stderr: string } {
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, entry, ...args], {
    env: { PATH: process.env.PATH ?? '' },
  });
  return { code: exitCode, stderr: stderr.toString() };
}
