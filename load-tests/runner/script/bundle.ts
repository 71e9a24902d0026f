import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BunPlugin } from 'bun';
import { ConfigError, ScriptError } from '../protocol/endings.ts';
import { createThrowingAssignments, type ThrowingAssignments } from './constants.ts';
import { MODULES } from './module-names.ts';
import type { RemoteModules } from './remote-modules.ts';

type Resolution = { path: string; external?: boolean; namespace?: string } | undefined;

interface Modules {
  resolveModule(name: string): Resolution;
  remote: RemoteModules;
  /** The contents of modules that `resolveModule` puts into the namespace `stub`. */
  stubs?: Record<string, string>;
  /** The contents of files that do not exist or are changed, by path. */
  sources?: Record<string, string>;
}

/** Returns the bundler's outputs as text. Throws a ScriptError with the place of the first error. */
export async function bundle(config: Config, modules: Modules): Promise<string[]> {
  const output = await build(config, modules);
  if (output.success) return textsOf(output);
  const assignments = createThrowingAssignments(output.logs, modules.sources ?? {});
  const changed = assignments && (await buildChanged(config, modules, assignments));
  if (changed) return textsOf(changed);
  throw new ScriptError(output.logs.map(messageText).join('\n'));
}

/** Builds until the bundler can read every changed assignment; undefined when another error is left. */
async function buildChanged(
  config: Config,
  modules: Modules,
  assignments: ThrowingAssignments,
): Promise<Bun.BuildOutput | undefined> {
  const output = await build(config, { ...modules, sources: assignments.sources() });
  if (output.success) return output;
  return assignments.correct(output.logs) ? buildChanged(config, modules, assignments) : undefined;
}

type Config = Pick<Bun.BuildConfig, 'entrypoints' | 'root' | 'format' | 'sourcemap'>;

const textsOf = ({ outputs }: Bun.BuildOutput) => Promise.all(outputs.map((file) => file.text()));

async function build(config: Config, { resolveModule, remote, stubs = {}, sources = {} }: Modules) {
  let rejection: Error | undefined;
  const importers = new Map<string, string>();
  const reject = (importer: string, name: string, reason: Error): never => {
    const message = `${placeOf(importer, name)}: ${reason.message}`;
    rejection ??= reason instanceof ConfigError ? new ConfigError(message) : new ScriptError(message);
    throw rejection;
  };
  const plugin: BunPlugin = {
    name: 'k6 modules',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        if (path in sources) return { path, namespace: 'file' };
        const resolved = resolveModule(path);
        if (resolved || kind === 'entry-point-build') return resolved;
        const url = remoteUrl(path, importer);
        if (url !== undefined) {
          const file = remote.standIn(url);
          if (file !== undefined) return { path: file };
          importers.set(url, importer);
          return { path: url, namespace: REMOTE };
        }
        if (importer === 'runtime' || /\/(stand-ins|node_modules)\//.test(importer)) return undefined;
        const refusal = rejectionOf(path, importer);
        return refusal && reject(importer, path, refusal);
      });
      for (const [path, contents] of Object.entries(sources)) {
        const loader = /\.[cm]?js$/.test(path) ? 'js' : 'ts';
        build.onLoad({ filter: exactly(path) }, () => ({ contents, loader }));
      }
      build.onLoad({ filter: exactly(CHAI) }, () => ({ contents: withEvents(CHAI), loader: 'js' }));
      build.onLoad({ filter: /.*/, namespace: 'stub' }, ({ path }) => ({
        contents: stubs[path] ?? '',
        loader: 'js',
      }));
      build.onLoad({ filter: /.*/, namespace: REMOTE }, async ({ path }) => {
        try {
          return { contents: await remote.load(path), loader: path.endsWith('.ts') ? 'ts' : 'js' };
        } catch (error) {
          return reject(importers.get(path) ?? '', path, error as Error);
        }
      });
    },
  };
  const define = { 'import.meta': '__ecs_meta' };
  const output = await Bun.build({ ...config, define, target: 'bun', throw: false, plugins: [plugin] });
  if (rejection) throw rejection;
  return output;
}

/** The library below the stand-in of k6chaijs. It takes events of the engine, which scripts do not see. */
const CHAI = Bun.resolveSync('chai', import.meta.dir);
const withEvents = (file: string) =>
  `const { Event, EventTarget } = $ecsEngine;\n${readFileSync(file, 'utf8')}`;

const exactly = (path: string) => new RegExp(`^${RegExp.escape(path)}$`);

/** The namespace of modules that come over https. */
const REMOTE = 'remote';

/** Returns the address of an import over https, or of a relative import of such a module. */
function remoteUrl(path: string, importer: string): string | undefined {
  if (/^https?:\/\//.test(path)) return path;
  const base = importer.replace(/^remote:/, '');
  return /^https?:\/\//.test(base) && /^\.{0,2}\//.test(path) ? new URL(path, base).href : undefined;
}

/**
 * Refuses modules of k6 and its extensions by their names; any other name is a mistake of the script. As k6
 * does, it takes files by their whole names, and as code.
 */
function rejectionOf(name: string, importer: string): Error | undefined {
  const refused = `cannot import "${name}"`;
  const offered = MODULES.join(', ');
  if (name.startsWith('k6/'))
    return new ConfigError(`${refused}: this runner does not offer it; it offers ${offered}`);
  if (!/^(\.{0,2}\/|file:\/\/)/.test(name))
    return new ScriptError(`${refused}: it is no file and none of ${offered}`);
  const path = name.startsWith('file:') ? fileURLToPath(name) : resolve(dirname(importer), name);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    return new ScriptError(`${refused}: there is no such file; it is named with its ending, as k6 has it`);
  if (!/\.[cm]?[jt]s$/.test(path))
    return new ScriptError(`${refused}: it is no code; open() reads a file of data`);
  return undefined;
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
