import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { declareTypes, plainDeclarations } from './declarations.ts';

export const SDK = join(import.meta.dir, '..');
const ROOT = join(SDK, '..');
const CONFIG = join(import.meta.dir, 'tsconfig.package.json');
const ENTRIES = ['sdk/index', 'sdk/operators/index', 'sdk/testing/index'];
/** The API in memory brings packages along, so it is one file; its rules are in `underwriting/`. */
const BUNDLED = 'sdk/testing/index';
/** Entries beside the main one, for resolvers older than `exports`. */
const SUBPATHS = ['operators', 'testing'];
const STUBS = SUBPATHS.map((name) => join(name, 'package.json'));
const BUILT = ['dist', 'src', 'LICENSE', ...STUBS];

/**
 * Builds all that is published into a folder: `dist/esm` and `dist/cjs` have the folders of the repository,
 * each file with its types and its map, which leads to `src`. Throws when a step fails, with its words.
 */
export async function buildPackage(packageDir: string): Promise<void> {
  removeBuilt(packageDir);
  const [esm, cjs] = [join(packageDir, 'dist', 'esm'), join(packageDir, 'dist', 'cjs')];
  compile(esm, ['--module', 'ESNext', '--declaration']);
  compile(cjs, ['--module', 'CommonJS', '--verbatimModuleSyntax', 'false']);
  await declareSchemas(esm);
  // The types of a CommonJS module are told by its folder, not by their text.
  for (const file of filesOf(esm, '**/*.d.ts')) cpSync(file, join(cjs, relative(esm, file)));
  await bundle(esm, 'esm');
  await bundle(cjs, 'cjs');
  for (const dist of [esm, cjs]) {
    removeUnreachable(dist);
    leadMapsToSources(dist, packageDir);
  }
  writeJson(join(cjs, 'package.json'), { type: 'commonjs', sideEffects: false });
  for (const name of SUBPATHS) {
    const entry = `../dist/cjs/sdk/${name}/index`;
    mkdirSync(join(packageDir, name), { recursive: true });
    writeJson(join(packageDir, name, 'package.json'), {
      main: `${entry}.js`,
      module: `../dist/esm/sdk/${name}/index.js`,
      types: `${entry}.d.ts`,
      sideEffects: false,
    });
  }
  cpSync(join(ROOT, 'LICENSE'), join(packageDir, 'LICENSE'));
}

/** Removes all that a build makes. */
export function removeBuilt(packageDir: string): void {
  for (const name of BUILT) rmSync(join(packageDir, name), { recursive: true, force: true });
}

/** Makes a file of JavaScript for each source, for every runtime that has `fetch`, and one of its types. */
function compile(dist: string, options: string[]): void {
  // Of so small a program threads only take processor: they check common types once each.
  const words = ['--project', CONFIG, '--outDir', dist, '--singleThreaded', ...options];
  run([process.execPath, 'x', 'tsc', ...words], ROOT);
  for (const file of filesOf(dist, '**/*.d.ts')) {
    // Every file beside a declaration is a module: its name ends as such.
    const text = readFileSync(file, 'utf8').replace(/((?:from |import\()'\.[^']*)\.ts'/g, "$1.js'");
    writeFileSync(file, text);
  }
}

async function bundle(dist: string, format: 'esm' | 'cjs'): Promise<void> {
  const built = await Bun.build({
    entrypoints: [join(ROOT, `${BUNDLED}.ts`)],
    root: ROOT,
    outdir: dist,
    target: 'browser',
    format,
    sourcemap: 'linked',
  });
  if (!built.success) throw new AggregateError(built.logs, 'the SDK cannot be bundled');
}

/** Writes plain types in place of declarations that need the schema library. */
async function declareSchemas(dist: string): Promise<void> {
  for (const file of filesOf(dist, '**/*.d.ts')) {
    const text = readFileSync(file, 'utf8');
    if (!text.includes('@sinclair/typebox')) continue;
    const source = join(ROOT, relative(dist, file).replace('.d.ts', '.ts'));
    const types = declareTypes((await import(source)) as Record<string, unknown>);
    writeFileSync(file, `${types}\n${plainDeclarations(text, types)}`);
  }
}

/** Removes modules and declarations that no entry leads to. */
function removeUnreachable(dist: string): void {
  const reached = new Set<string>();
  const visit = (file: string, extension: string): void => {
    if (reached.has(file)) return;
    reached.add(file).add(`${file}.map`);
    const text = readFileSync(file, 'utf8');
    for (const [, name = ''] of text.matchAll(/(?:from |import\(|require\()['"](\.[^'"]*)\.js['"]/g)) {
      visit(join(dirname(file), `${name}${extension}`), extension);
    }
  };
  for (const entry of ENTRIES) {
    for (const extension of ['.js', '.d.ts']) visit(join(dist, `${entry}${extension}`), extension);
  }
  for (const file of filesOf(dist, '**/*')) if (!reached.has(file)) rmSync(file);
}

/** Copies the sources that a map names, and names these copies; packages are kept within the map. */
function leadMapsToSources(dist: string, packageDir: string): void {
  for (const file of filesOf(dist, '**/*.js.map')) {
    const map = JSON.parse(readFileSync(file, 'utf8')) as { sources: string[]; sourcesContent?: unknown[] };
    // The compiler names sources from the map's folder, the bundler from the folder of all its output.
    const from = file.includes(BUNDLED) ? dist : dirname(file);
    const ofRepository = map.sources.map((source) => {
      const path = relative(ROOT, join(from, source));
      return path.slice(Math.max(0, path.lastIndexOf('node_modules/')));
    });
    map.sources = ofRepository.map((path) => {
      if (path.startsWith('node_modules')) return path;
      const copy = join(packageDir, 'src', path);
      mkdirSync(dirname(copy), { recursive: true });
      if (!existsSync(copy)) cpSync(join(ROOT, path), copy);
      return relative(dirname(file), copy);
    });
    const contents = map.sourcesContent ?? [];
    map.sourcesContent = ofRepository.map((path, index) =>
      path.startsWith('node_modules') ? contents[index] : null,
    );
    writeFileSync(file, JSON.stringify(map));
  }
}

const filesOf = (dist: string, pattern: string): string[] =>
  [...new Bun.Glob(pattern).scanSync({ cwd: dist })].map((path) => join(dist, path));

function writeJson(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

export function run(command: string[], cwd: string): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd });
  if (exitCode !== 0)
    throw new Error(`${command.join(' ')} failed:\n${stdout.toString()}${stderr.toString()}`);
}
