import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

const TOP = join(import.meta.dir, '..', '..', '..');
const sourceOf = (top: string) => join(top, 'apps', 'main.ts');
export const SOURCE = sourceOf(TOP);
/** Beside the packages that it contains; checkouts may share those. */
const CACHE = join(TOP, 'node_modules', '.cache', 'ecs', Bun.hash(TOP).toString(36));
const MANIFEST = 'manifest.json';
/** The name of the newest bundle's folder. */
const NEWEST = 'newest';
/** A system that was started by an older one starts by the sources where it is gone. */
const BUNDLES_MAX = 3;
/** A younger one may still be in the making, by another process. */
const OLD_MS = 600_000;

/** A file that a bundle is made of, as it was then. */
type Input = [path: string, modifiedMs: number, bytes: number];

interface Manifest {
  bun: string;
  inputs: Input[];
}

/**
 * Returns the file that starts the services: a bundle of them and of their packages, since a process that
 * reads a thousand files takes twice the time to start. It is made in half a second, and anew where a source
 * is another since. Where it cannot be made or kept, the sources themselves start.
 */
export function bundleServices(cache = CACHE, top = TOP): Promise<string> {
  return bundleProgram(sourceOf(top), cache, top);
}

/** The same for any program of a checkout, in a folder that is its own. */
export async function bundleProgram(source: string, cache: string, top = TOP): Promise<string> {
  try {
    return (await findBundle(cache)) ?? (await makeBundle(source, cache, top));
  } catch {
    return source;
  }
}

/** Returns the sources in the place of a bundle that is gone. */
export const existingEntry = (entry: string): string => (existsSync(entry) ? entry : SOURCE);

async function findBundle(cache: string): Promise<string | null> {
  try {
    const folder = join(cache, await readFile(join(cache, NEWEST), 'utf8'));
    const { bun, inputs } = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as Manifest;
    const current = await Promise.all(inputs.map(([path]) => inputOf(path)));
    return bun === Bun.version && Bun.deepEquals(current, inputs) ? join(folder, 'main.js') : null;
  } catch {
    return null;
  }
}

async function makeBundle(source: string, cache: string, top: string): Promise<string> {
  const startedMs = Date.now();
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'bundle-'));
  const { metafile } = await Bun.build({
    entrypoints: [source],
    outdir: folder,
    target: 'bun',
    // A process loads the code of its own services alone.
    splitting: true,
    // Traces name the sources.
    sourcemap: 'linked',
    metafile: true,
    plugins: [keepPlaces(source, top)],
  });
  const paths = Object.keys(metafile?.inputs ?? {}).map((path) => resolve(path));
  const manifest: Manifest = { bun: Bun.version, inputs: await Promise.all(paths.map(inputOf)) };
  if (manifest.inputs.some(([, modifiedMs]) => modifiedMs >= startedMs)) {
    throw new Error('a source was changed meanwhile: which of the two was read is not known');
  }
  await writeFile(join(folder, MANIFEST), JSON.stringify(manifest));
  // Others may make theirs at the same time: each is whole, and the last is the newest.
  await writeFile(join(folder, NEWEST), basename(folder));
  await rename(join(folder, NEWEST), join(cache, NEWEST));
  await removeOld(cache);
  return join(folder, 'main.js');
}

/** Sources find their files by their own places, and none but the entry is the main one. */
const keepPlaces = (entry: string, top: string): Bun.BunPlugin => ({
  name: 'places of the sources',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      // The checkout itself may be below a folder of packages, and its name may have any character.
      const isOurs = path.startsWith(top) && !path.slice(top.length).includes('/node_modules/');
      if (!isOurs) return { contents: text, loader: 'ts' };
      const contents = text
        .replace(/\bimport\.meta\.dir\b/g, () => JSON.stringify(dirname(path)))
        .replace(/\bimport\.meta\.main\b/g, String(path === entry));
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
