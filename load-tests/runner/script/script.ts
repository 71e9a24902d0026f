import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { BunPlugin } from 'bun';
import { ScriptError } from '../core/failures.ts';

/**
 * A user's script as one piece of code, made by Bun's bundler from the file and its imports. Nothing in it
 * is rewritten: every `k6` module stays a `require` that each virtual user resolves to its own.
 */
export interface Script {
  path: string;
  code: string;
  sourceMap: string;
  /** Where the source map's paths start. */
  root: string;
}

export const MODULES = ['k6', 'k6/http', 'k6/metrics', 'k6/data', 'k6/execution', 'k6/crypto', 'k6/encoding'];

/** Throws a ScriptError that names file and line when it cannot be read, parsed or resolved. */
export async function loadScript(file: string): Promise<Script> {
  if (!existsSync(file)) throw new ScriptError(`the script ${file} does not exist`);
  const path = realpathSync(resolve(file));
  const root = dirname(path);
  const [code, map] = await bundle(
    { entrypoints: [path], root, format: 'cjs', sourcemap: 'external' },
    (name) => (MODULES.includes(name) ? { path: name, external: true } : undefined),
  );
  return { path, root, code: code ?? '', sourceMap: map ?? '{}' };
}

/** The functions of `k6/http` that do not wait for a response on the spot. */
const NOT_BLOCKING = 'asyncRequest|expectedStatuses|setResponseCallback|url|file|cookieJar|CookieJar';

/**
 * Whether these functions of the script can reach a call that blocks (`sleep`, `http.get`, ...). The
 * bundler's tree shaking leaves only the code that they use; an uncertain call counts as blocking.
 */
export async function canBlock(script: Script, functions: string[]): Promise<boolean> {
  const entry = 'ecs-load:functions';
  const names = functions.join(', ');
  const stubs: Record<string, string> = {
    [entry]: `export { ${names} } from ${JSON.stringify(script.path)};`,
    k6: `export const sleep = () => __ecs_blocking();
      export const check = 1, group = 1, fail = 1, randomSeed = 1;
      export default sleep;`,
    'k6/http': `const __ecs_http = {}; export { __ecs_http as default };
      ${['get', 'head', 'post', 'put', 'patch', 'del', 'options', 'request', 'batch']
        .map((name) => `export const ${name} = () => __ecs_blocking();`)
        .join('\n')}
      export const asyncRequest = 1, expectedStatuses = 1, setResponseCallback = 1, url = 1, file = 1;
      export const cookieJar = 1, CookieJar = 1;`,
  };
  const [code = ''] = await bundle(
    { entrypoints: [entry], root: script.root, format: 'esm' },
    (name) => {
      if (name in stubs) return { path: name, namespace: 'stub' };
      return MODULES.includes(name) ? { path: name, external: true } : undefined;
    },
    stubs,
  );
  const uses = code.replace(/(var|const|let) __ecs_http = \{\};?/, '');
  return uses.includes('__ecs_blocking') || new RegExp(`__ecs_http\\b(?!\\.(${NOT_BLOCKING})\\b)`).test(uses);
}

type Resolution = { path: string; external?: boolean; namespace?: string } | undefined;

/** The outputs of the bundler as text. Throws a ScriptError with the place of the first thing wrong. */
async function bundle(
  config: Pick<Bun.BuildConfig, 'entrypoints' | 'root' | 'format' | 'sourcemap'>,
  resolveModule: (name: string) => Resolution,
  stubs: Record<string, string> = {},
): Promise<string[]> {
  let refused: string | undefined;
  const plugin: BunPlugin = {
    name: 'k6 modules',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        const resolved = resolveModule(path);
        if (resolved || kind === 'entry-point-build') return resolved;
        if (/^(\.{0,2}\/|file:\/\/)/.test(path) || importer === 'runtime') return undefined;
        refused ??= `${placeOf(importer, path)}: ${refusal(path)}`;
        throw new Error(refused);
      });
      build.onLoad({ filter: /.*/, namespace: 'stub' }, ({ path }) => ({
        contents: stubs[path] ?? '',
        loader: 'js',
      }));
    },
  };
  const built = await Bun.build({ ...config, target: 'bun', throw: false, plugins: [plugin] });
  if (refused) throw new ScriptError(refused);
  if (!built.success) throw new ScriptError(built.logs.map(describe).join('\n'));
  return Promise.all(built.outputs.map((output) => output.text()));
}

function refusal(name: string): string {
  if (/^https?:/.test(name)) {
    return `cannot import "${name}": scripts from the network are not offered; save it beside the script`;
  }
  return `cannot import "${name}": it is no file and none of ${MODULES.join(', ')}`;
}

/** The bundler tells a plugin the importing file, but not the line. */
function placeOf(importer: string, name: string): string {
  const lines = readFileSync(importer, 'utf8').split('\n');
  const line = lines.findIndex(
    (text) => !/^\s*(\/\/|\*)/.test(text) && (text.includes(`'${name}'`) || text.includes(`"${name}"`)),
  );
  return `${importer}:${line + 1}`;
}

function describe({ message, position }: BuildMessage | ResolveMessage): string {
  return position ? `${position.file}:${position.line}:${position.column}: ${message}` : message;
}
