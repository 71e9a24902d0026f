import { existsSync, readFileSync } from 'node:fs';
import type { BunPlugin } from 'bun';
import { ScriptError } from '../protocol/endings.ts';

/** The modules that a script may import besides its own files. */
export const MODULES = ['k6', 'k6/http', 'k6/metrics', 'k6/data', 'k6/execution', 'k6/crypto', 'k6/encoding'];

type Resolution = { path: string; external?: boolean; namespace?: string } | undefined;

interface Modules {
  resolveModule(name: string): Resolution;
  /** The contents of modules that `resolveModule` puts into the namespace `stub`. */
  stubs?: Record<string, string>;
  /** The contents of files that do not exist, by path. */
  sources?: Record<string, string>;
}

/** Returns the bundler's outputs as text. Throws a ScriptError with the place of the first error. */
export async function bundle(
  config: Pick<Bun.BuildConfig, 'entrypoints' | 'root' | 'format' | 'sourcemap'>,
  { resolveModule, stubs = {}, sources = {} }: Modules,
): Promise<string[]> {
  let rejection: string | undefined;
  const plugin: BunPlugin = {
    name: 'k6 modules',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        if (path in sources) return { path, namespace: 'file' };
        const resolved = resolveModule(path);
        if (resolved || kind === 'entry-point-build') return resolved;
        if (/^(\.{0,2}\/|file:\/\/)/.test(path) || importer === 'runtime') return undefined;
        rejection ??= `${placeOf(importer, path)}: ${rejectionOf(path)}`;
        throw new Error(rejection);
      });
      for (const [path, contents] of Object.entries(sources)) {
        build.onLoad({ filter: new RegExp(`^${RegExp.escape(path)}$`) }, () => ({ contents, loader: 'ts' }));
      }
      build.onLoad({ filter: /.*/, namespace: 'stub' }, ({ path }) => ({
        contents: stubs[path] ?? '',
        loader: 'js',
      }));
    },
  };
  const define = { 'import.meta': '__ecs_meta' };
  const output = await Bun.build({ ...config, define, target: 'bun', throw: false, plugins: [plugin] });
  if (rejection) throw new ScriptError(rejection);
  if (!output.success) throw new ScriptError(output.logs.map(messageText).join('\n'));
  return Promise.all(output.outputs.map((file) => file.text()));
}

function rejectionOf(name: string): string {
  if (/^https?:/.test(name)) {
    return `cannot import "${name}": scripts from the network are not offered; save it beside the script`;
  }
  return `cannot import "${name}": it is no file and none of ${MODULES.join(', ')}`;
}

/** The bundler passes a plugin the importing file, but not the line. */
function placeOf(importer: string, name: string): string {
  const lines = existsSync(importer) ? readFileSync(importer, 'utf8').split('\n') : [];
  const line = lines.findIndex(
    (text) => !/^\s*(\/\/|\*)/.test(text) && (text.includes(`'${name}'`) || text.includes(`"${name}"`)),
  );
  return `${importer}:${line + 1}`;
}

function messageText({ message, position }: BuildMessage | ResolveMessage): string {
  return position ? `${position.file}:${position.line}:${position.column}: ${message}` : message;
}
