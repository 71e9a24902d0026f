import { readFileSync } from 'node:fs';
import type { BunPlugin } from 'bun';
import { ScriptError } from '../protocol/endings.ts';

/** The modules that a script may import besides its own files. */
export const MODULES = ['k6', 'k6/http', 'k6/metrics', 'k6/data', 'k6/execution', 'k6/crypto', 'k6/encoding'];

type Resolution = { path: string; external?: boolean; namespace?: string } | undefined;

/**
 * Returns the bundler's outputs as text. Throws a ScriptError with the place of the first error. `stubs` are
 * the contents of modules that `resolveModule` puts into the namespace `stub`.
 */
export async function bundle(
  config: Pick<Bun.BuildConfig, 'entrypoints' | 'root' | 'format' | 'sourcemap'>,
  resolveModule: (name: string) => Resolution,
  stubs: Record<string, string> = {},
): Promise<string[]> {
  let rejection: string | undefined;
  const plugin: BunPlugin = {
    name: 'k6 modules',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        const resolved = resolveModule(path);
        if (resolved || kind === 'entry-point-build') return resolved;
        if (/^(\.{0,2}\/|file:\/\/)/.test(path) || importer === 'runtime') return undefined;
        rejection ??= `${placeOf(importer, path)}: ${rejectionOf(path)}`;
        throw new Error(rejection);
      });
      build.onLoad({ filter: /.*/, namespace: 'stub' }, ({ path }) => ({
        contents: stubs[path] ?? '',
        loader: 'js',
      }));
    },
  };
  const output = await Bun.build({ ...config, target: 'bun', throw: false, plugins: [plugin] });
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
  const lines = readFileSync(importer, 'utf8').split('\n');
  const line = lines.findIndex(
    (text) => !/^\s*(\/\/|\*)/.test(text) && (text.includes(`'${name}'`) || text.includes(`"${name}"`)),
  );
  return `${importer}:${line + 1}`;
}

function messageText({ message, position }: BuildMessage | ResolveMessage): string {
  return position ? `${position.file}:${position.line}:${position.column}: ${message}` : message;
}
