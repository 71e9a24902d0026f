import { expect, test } from 'bun:test';
import {
  existsSync,
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
import { bundleProgram } from './bundle-program.ts';
import { bundleServices, existingEntry, SOURCE } from './bundle-services.ts';

const TOP = join(import.meta.dir, '..', '..', '..');

/** A checkout with a source that prints its own place. */
function makeCheckout(name: string) {
  const top = join(realpathSync(temporaryFolder()), name);
  mkdirSync(join(top, 'apps'), { recursive: true });
  const source = join(top, 'apps', 'main.ts');
  writeFileSync(source, 'console.log(import.meta.dir, import.meta.main);');
  utimesSync(source, 1, 1);
  return { top, source };
}

test('a bundle is made once, and anew when a source is another', async () => {
  const { top, source } = makeCheckout('checkout');
  const cache = temporaryFolder();
  const entry = await bundleServices({ cache, top });
  expect(await bundleServices({ cache, top })).toBe(entry);
  utimesSync(source, 2, 2);
  const next = await bundleServices({ cache, top });
  expect(next).not.toBe(entry);
  expect(await bundleServices({ cache, top })).toBe(next);
});

test('concurrent processes each make a whole bundle, and old bundles are removed later', async () => {
  const { top } = makeCheckout('checkout');
  const cache = temporaryFolder();
  const entries = await Promise.all(Array.from({ length: 5 }, () => bundleServices({ cache, top })));
  expect(new Set(entries).size).toBe(5);
  for (const entry of entries) expect(existingEntry(entry)).toBe(entry);
  const newest = await bundleServices({ cache, top });
  expect(entries).toContain(newest);
  for (const entry of entries) utimesSync(dirname(entry), 0, entries.indexOf(entry));
  rmSync(join(cache, 'newest'));
  await bundleServices({ cache, top });
  expect(readdirSync(cache).filter((name) => name.startsWith('bundle-'))).toHaveLength(3);
});

test('without a place to keep it, or once it is gone, the sources start', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  expect(await bundleServices({ cache: file })).toBe(SOURCE);
  expect(existingEntry(join(file, 'main.js'))).toBe(SOURCE);
});

test('sources find their places in a checkout with any name, also below a folder of packages', async () => {
  for (const name of ['with a space', "$& and $'", 'node_modules/of-another']) {
    const { top } = makeCheckout(name);
    const cache = temporaryFolder();
    const entry = await bundleServices({ cache, top });
    expect(entry).toStartWith(cache);
    expect(Bun.spawnSync([process.execPath, entry]).stdout.toString()).toBe(`${join(top, 'apps')} true\n`);
  }
});

test('a source that is changed while it is bundled starts itself, and is bundled later', async () => {
  const { top, source } = makeCheckout('checkout');
  const cache = temporaryFolder();
  const later = Date.now() / 1000 + 60;
  utimesSync(source, later, later);
  expect(await bundleServices({ cache, top })).toBe(source);
  utimesSync(source, 1, 1);
  expect(await bundleServices({ cache, top })).toStartWith(cache);
});

test('bundles do as the sources do: usage, problems of the configuration', async () => {
  const caches = [temporaryFolder(), temporaryFolder()];
  const bundles = await Promise.all(
    caches.map((cache, index) => bundleServices({ cache, isCompiled: index === 1 })),
  );
  for (const [index, bundle] of bundles.entries()) {
    expect(bundle).toStartWith(caches[index] ?? '');
    // A source that looked for its files beside the bundle would not find them.
    const code = readdirSync(dirname(bundle)).filter((name) => name.endsWith('.js'));
    const texts = code.map((name) => readFileSync(join(dirname(bundle), name), 'utf8')).join('\n');
    expect(texts).toContain(JSON.stringify(join(TOP, 'apps', 'console')));
    expect(texts).not.toMatch(/import\.meta\.(dir|main|path|file)\b/);
  }
  for (const args of [['no-service'], ['all'], ['gateway', 'credit']]) {
    const bySources = run(SOURCE, args);
    expect([64, 78]).toContain(bySources.code);
    for (const bundle of bundles) expect(run(bundle, args)).toEqual(bySources);
  }
}, 60_000);

test('a compiled bundle is made beside one that is not, and stands in for it from then on', async () => {
  const { top } = makeCheckout('checkout');
  const cache = temporaryFolder();
  const split = await bundleServices({ cache, top });
  const compiled = await bundleServices({ cache, top, isCompiled: true });
  expect(existsSync(`${compiled}.jsc`)).toBe(true);
  expect(compiled).not.toBe(split);
  expect(await bundleServices({ cache, top })).toBe(compiled);
  expect(await bundleServices({ cache, top, isCompiled: true })).toBe(compiled);
});

/** Reports whether it is strict, as every source is, and the place that a trace names. */
const REPORT = `interface Place { lines: string }
  function report() {
    const trace = new Error().stack?.split('\\n')[1] ?? '';
    return [this === undefined, /\\/[^:]+/.exec(trace)?.[0]];
  }`;

const KINDS = [
  ['split', false],
  ['compiled', true],
] as const;

test.each(KINDS)(
  'the code and the threads of a %s bundle are strict, and traces name the sources',
  async (_, isCompiled) => {
    const top = realpathSync(temporaryFolder());
    const [source, thread] = [join(top, 'main.ts'), join(top, 'own-thread.ts')] as const;
    const starting = `import { join } from 'node:path';
    const THREAD = join(import.meta.dir, 'own-thread.ts');
    new Worker(THREAD).onmessage = ({ data }) => {
      console.log(JSON.stringify([THREAD, report(), data]));
      process.exit();
    };`;
    writeFileSync(source, `${REPORT}\n${starting}`);
    writeFileSync(thread, `${REPORT}\npostMessage(report());`);
    for (const file of [source, thread]) utimesSync(file, 1, 1);
    const bundle = await bundleProgram({ source, top, threads: [thread] }, temporaryFolder(), isCompiled);
    const { stdout } = Bun.spawnSync([process.execPath, bundle]);
    const reported = JSON.parse(stdout.toString()) as unknown;
    expect(reported).toEqual([join(dirname(bundle), 'own-thread.js'), [true, source], [true, thread]]);
  },
);

function run(entry: string, args: string[]): { code: number; stderr: string } {
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, entry, ...args], {
    env: { PATH: process.env.PATH ?? '' },
  });
  return { code: exitCode, stderr: stderr.toString() };
}
