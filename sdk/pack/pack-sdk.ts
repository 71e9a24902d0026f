import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { declareTypes } from './declarations.ts';

const SDK = join(import.meta.dir, '..');
const ROOT = join(SDK, '..');
const CONFIG = join(import.meta.dir, 'tsconfig.declarations.json');
const ENTRIES = ['sdk/index.ts', 'sdk/testing/index.ts', 'sdk/operators/index.ts'];

interface PackedSdk {
  /** The published package, as a folder. */
  packageDir: string;
  /** The same package as the tarball that `npm install` takes. */
  tarball: string;
}

/**
 * Builds the package into `outDir`, which is emptied first; its `dist` has the folders of the repository,
 * since the API in memory needs `underwriting/` too. Throws when a step fails, with its words.
 */
export async function packSdk(outDir: string): Promise<PackedSdk> {
  const packageDir = join(outDir, 'package');
  const dist = join(packageDir, 'dist');
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  await bundle(dist);
  declare(dist);
  await declareSchemas(dist);
  removeUnreachable(dist);
  cpSync(join(SDK, 'package.json'), join(packageDir, 'package.json'));
  cpSync(join(SDK, 'README.md'), join(packageDir, 'README.md'));
  cpSync(join(ROOT, 'LICENSE'), join(packageDir, 'LICENSE'));
  run([process.execPath, 'pm', 'pack', '--quiet', '--destination', outDir], packageDir);
  const tarball = readdirSync(outDir).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new Error('no tarball was made');
  return { packageDir, tarball: join(outDir, tarball) };
}

/** Plain ES modules for every runtime that has `fetch`; nothing is left to import. */
async function bundle(dist: string): Promise<void> {
  const built = await Bun.build({
    entrypoints: ENTRIES.map((entry) => join(ROOT, entry)),
    root: ROOT,
    outdir: dist,
    target: 'browser',
    format: 'esm',
  });
  if (!built.success) throw new AggregateError(built.logs, 'the SDK cannot be bundled');
}

function declare(dist: string): void {
  run([process.execPath, 'x', 'tsc', '--project', CONFIG, '--outDir', dist], ROOT);
  for (const path of new Bun.Glob('**/*.d.ts').scanSync({ cwd: dist })) {
    const file = join(dist, path);
    // Every file beside a declaration is a module: its name ends as such.
    const text = readFileSync(file, 'utf8').replace(/(from '\.[^']*)\.ts'/g, "$1.js'");
    writeFileSync(file, text);
  }
}

/** Writes plain types in place of declarations that need the schema library. */
async function declareSchemas(dist: string): Promise<void> {
  for (const path of new Bun.Glob('**/*.d.ts').scanSync({ cwd: dist })) {
    const file = join(dist, path);
    if (!readFileSync(file, 'utf8').includes('@sinclair/typebox')) continue;
    const source = join(ROOT, path.replace('.d.ts', '.ts'));
    writeFileSync(file, declareTypes((await import(source)) as Record<string, unknown>));
  }
}

/** Removes declarations that no entry leads to. */
function removeUnreachable(dist: string): void {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/from '(\.[^']*)\.js'/g)) {
      visit(join(dirname(file), `${name}.d.ts`));
    }
  };
  for (const entry of ENTRIES) visit(join(dist, entry.replace('.ts', '.d.ts')));
  for (const path of new Bun.Glob('**/*.d.ts').scanSync({ cwd: dist })) {
    if (!reached.has(join(dist, path))) rmSync(join(dist, path));
  }
}

function run(command: string[], cwd: string): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd });
  if (exitCode !== 0)
    throw new Error(`${command.join(' ')} failed:\n${stdout.toString()}${stderr.toString()}`);
}
