import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';

const MANIFEST = 'manifest.json';
/** The name of the newest bundle's folder. */
const NEWEST = 'newest';
/** A system that was started by an older one starts by the sources where it is gone. */
const BUNDLES_MAX = 3;
/** A younger one may still be in the making, by another process. */
const OLD_MS = 600_000;

interface Program {
  /** The file that starts it. */
  source: string;
  /** The checkout. */
  top: string;
  /** Files that it starts in threads; each is named there as `join(import.meta.dir, 'NAME-thread.ts')`. */
  threads?: string[];
}

/** A file that a bundle is made of, as it was then. */
type Input = [path: string, modifiedMs: number, bytes: number];

interface Manifest {
  bun: string;
  isCompiled: boolean;
  inputs: Input[];
}

/**
 * Returns the bundle of a program and of its packages, since a process that reads a thousand files takes
 * twice the time to start. It is kept in a folder of its own, and made anew where a source is another since.
 * Where it cannot be made or kept, the source itself starts.
 *
 * A compiled one starts in three quarters of the time of one that is not, takes five times as long to make,
 * and stands in for it.
 */
export async function bundleProgram(program: Program, cache: string, isCompiled = false): Promise<string> {
  try {
    return (await findBundle(cache, isCompiled)) ?? (await makeBundle(program, cache, isCompiled));
  } catch {
    return program.source;
  }
}

async function findBundle(cache: string, isCompiled: boolean): Promise<string | null> {
  try {
    const folder = join(cache, await readFile(join(cache, NEWEST), 'utf8'));
    const manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as Manifest;
    if (manifest.bun !== Bun.version || (isCompiled && !manifest.isCompiled)) return null;
    const current = await Promise.all(manifest.inputs.map(([path]) => inputOf(path)));
    return Bun.deepEquals(current, manifest.inputs) ? join(folder, 'main.js') : null;
  } catch {
    return null;
  }
}

async function makeBundle(program: Program, cache: string, isCompiled: boolean): Promise<string> {
  const startedMs = Date.now();
  const { source, threads = [] } = program;
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'bundle-'));
  const { metafile } = await Bun.build({
    entrypoints: [source, ...threads],
    root: dirname(source),
    outdir: folder,
    target: 'bun',
    ...(isCompiled ? COMPILED : SPLIT),
    // Traces name the sources.
    sourcemap: 'linked',
    metafile: true,
    plugins: [keepPlaces(program, folder)],
  });
  const paths = Object.keys(metafile?.inputs ?? {}).map((path) => resolve(path));
  const inputs = await Promise.all(paths.map(inputOf));
  if (inputs.some(([, modifiedMs]) => modifiedMs >= startedMs)) {
    throw new Error('a source was changed meanwhile: which of the two was read is not known');
  }
  const manifest: Manifest = { bun: Bun.version, isCompiled, inputs };
  await writeFile(join(folder, MANIFEST), JSON.stringify(manifest));
  // Others may make theirs at the same time: each is whole, and the last is the newest.
  await writeFile(join(folder, NEWEST), basename(folder));
  await rename(join(folder, NEWEST), join(cache, NEWEST));
  await removeOld(cache);
  return join(folder, 'main.js');
}

/** A process loads the code that it needs alone. */
const SPLIT = { splitting: true } as const;
/** Without a file of modules there is no code that is strict by itself; all of it is loaded, at no cost. */
const COMPILED = { format: 'cjs', bytecode: true, banner: '"use strict";' } as const;

/** Sources find their files by their own places, and none but the entry is the main one. */
const keepPlaces = ({ source, top, threads = [] }: Program, folder: string): Bun.BunPlugin => ({
  name: 'places of the sources',
  setup({ onLoad }) {
    const bundled = (path: string) => join(folder, relative(dirname(source), path)).replace(/\.ts$/, '.js');
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      // The checkout itself may be below a folder of packages, and its name may have any character.
      const isOurs = path.startsWith(top) && !path.slice(top.length).includes('/node_modules/');
      if (!isOurs) return { contents: text, loader: 'ts' };
      const contents = text
        .replace(/\bjoin\(import\.meta\.dir, '([\w-]+\.ts)'\)/g, (call, name: string) => {
          const thread = threads.find((thread) => thread === join(dirname(path), name));
          return thread === undefined ? call : JSON.stringify(bundled(thread));
        })
        .replace(/\bimport\.meta\.dir\b/g, () => JSON.stringify(dirname(path)))
        .replace(/\bimport\.meta\.main\b/g, String(path === source));
      return { contents, loader: 'ts' };
    });
  },
});

async function inputOf(path: string): Promise<Input> {
  const { mtimeMs, size } = await stat(path);
  return [path, mtimeMs, size];
}

async function removeOld(cache: string): Promise<void> {
  const names = (await readdir(cache)).filter((name) => name.startsWith('bundle-'));
  const bundles = await Promise.all(names.map((name) => inputOf(join(cache, name))));
  const old = bundles
    .toSorted((a, b) => b[1] - a[1])
    .slice(BUNDLES_MAX)
    .filter(([, modifiedMs]) => Date.now() - modifiedMs > OLD_MS);
  await Promise.all(old.map(([path]) => rm(path, { recursive: true, force: true })));
}
