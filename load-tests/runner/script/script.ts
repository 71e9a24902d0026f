import { existsSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ScriptError } from '../protocol/endings.ts';
import { bundle } from './bundle.ts';
import { isModule, MODULES } from './module-names.ts';
import { createRemoteModules, type RemoteModules, type RemoteSettings } from './remote-modules.ts';

/**
 * A user's script as one piece of code, made by Bun's bundler from the file and its imports. Nothing in it
 * is rewritten: every `k6` module stays a `require` that each virtual user resolves to its own.
 */
export interface Script {
  path: string;
  code: string;
  sourceMap: string;
  root: string;
  /** Sources that are in no file, by path. */
  sources: Record<string, string>;
  remote: RemoteModules;
}

/** Throws a ScriptError that names file and line when it cannot be read, parsed or resolved. */
export async function loadScript(file: string, settings: RemoteOptions): Promise<Script> {
  const { path, sources } = await findScript(file);
  const root = dirname(path);
  const remote = createRemoteModules({ ...settings, lockFile: `${path}.lock.json` });
  const [code, map] = await bundleScript({ path, root, sources, remote });
  return { path, root, sources, remote, code: code ?? '', sourceMap: withAbsoluteSources(map ?? '{}') };
}

export type RemoteOptions = Omit<RemoteSettings, 'lockFile'>;

type Source = Pick<Script, 'path' | 'root' | 'sources' | 'remote'>;

/** Returns code and source map; the code is a function of CommonJS, async when the script's top awaits. */
async function bundleScript({ path, root, sources, remote }: Source): Promise<string[]> {
  try {
    return await bundle(
      { entrypoints: [path], root, format: 'cjs', sourcemap: 'external' },
      {
        resolveModule: (name) => (isModule(name) ? { path: name, external: true } : undefined),
        sources,
        remote,
      },
    );
  } catch (error) {
    if (!(error as Error).message.includes('"await" can only be used inside')) throw error;
  }
  // Only a module may await at its top; it requires as a script of CommonJS would.
  const stubs = Object.fromEntries(
    MODULES.map((name) => [name, `module.exports = __ecs_meta.require(${JSON.stringify(name)});`]),
  );
  const [code = '', map = '{}'] = await bundle(
    { entrypoints: [path], root, format: 'esm', sourcemap: 'external' },
    {
      resolveModule: (name) => (isModule(name) ? { path: name, namespace: 'stub' } : undefined),
      stubs,
      sources,
      remote,
    },
  );
  return [asyncFunctionOf(code), map];
}

/** The bundler writes the exports of a module as one list at its end. */
function asyncFunctionOf(code: string): string {
  const head = '(async function(exports, require, module, __filename, __dirname) {';
  const list = /\nexport \{\n([^}]*)\n\};/.exec(code);
  if (!list) return `${head}${code}\n})`;
  const getters = (list[1] ?? '').split(',').map((item) => {
    const [local = '', name = local] = item.trim().split(' as ');
    return `get ${JSON.stringify(name)}() { return ${local}; }`;
  });
  const assignment = `\nmodule.exports = { ${getters.join(', ')} };`;
  const body = code.slice(0, list.index) + assignment + code.slice(list.index + list[0].length);
  return `${head}${body}\n})`;
}

/** The script's file, or standard input as a file of the current folder. */
async function findScript(file: string): Promise<{ path: string; sources: Record<string, string> }> {
  if (file === '-') {
    const path = resolve('stdin.ts');
    return { path, sources: { [path]: await Bun.stdin.text() } };
  }
  if (!existsSync(file)) throw new ScriptError(`the script ${file} does not exist`);
  return { path: realpathSync(resolve(file)), sources: {} };
}

/** Addresses stay as they are. */
const absolute = (source: string): string =>
  /^remote:|^https?:/.test(source) ? source.replace(/^remote:/, '') : resolve(source);

/** The bundler writes the sources' paths from the current folder. */
function withAbsoluteSources(sourceMap: string): string {
  const map = JSON.parse(sourceMap) as { sources?: string[] };
  return JSON.stringify({ ...map, sources: map.sources?.map(absolute) });
}
