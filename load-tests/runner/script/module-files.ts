import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { UserState } from '../modules/user-state.ts';
import { createFrameReader } from './stack.ts';

/** `open()` and `import.meta`: paths from the module whose code asks, which its call stack names. */
export function createModuleFiles(state: UserState, require: (name: string) => object) {
  const framesOf = createFrameReader(state.setup);
  const { path } = state.setup;
  /** The files whose code is running, the innermost first, and the script. */
  const callers = (): string[] => {
    const sources = framesOf(new Error('place')).flatMap(({ source }) => source ?? []);
    return [...sources, path];
  };
  const locate = (file: string): string => {
    if (file.startsWith('file://')) return fileURLToPath(file);
    if (isAbsolute(file)) return file;
    const candidates = callers().map((caller) => resolve(dirname(caller), file));
    return candidates.find((candidate) => existsSync(candidate)) ?? candidates[0] ?? file;
  };
  return {
    /** Returns the absolute path of a file that the running module names. */
    locate,
    /** Files as text or, with `b`, as bytes. */
    open(file: string, mode = ''): string | ArrayBuffer {
      if (state.phase !== 'init')
        throw new Error('the "open()" function is only available in the init stage');
      if (!file) throw new Error("open() can't be used with an empty filename");
      const bytes = readFileSync(locate(file));
      return mode.includes('b') ? Uint8Array.from(bytes).buffer : bytes.toString('utf8');
    },
    importMeta: {
      get url(): string {
        return pathToFileURL(callers()[0] ?? path).href;
      },
      resolve: (file: string): string =>
        /^[a-z][a-z0-9+.-]*:/.test(file)
          ? file
          : pathToFileURL(resolve(dirname(callers()[0] ?? path), file)).href,
      require,
    },
  };
}
