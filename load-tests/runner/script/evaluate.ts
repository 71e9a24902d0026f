import { dirname } from 'node:path';
import { runInThisContext } from 'node:vm';
import type { PendingWork } from '../modules/pending-work.ts';
import type { UserSetup } from '../protocol/messages.ts';
import type { ScriptGlobals } from './script-globals.ts';

export type Exports = Record<string, unknown>;

interface Scope {
  require: (name: string) => object;
  globals: ScriptGlobals;
  pending: PendingWork;
}

/** Undefined in init code and in `setup`: k6 has it in iterations alone. */
const ITERATION = 'let __ITER; return { set(n) { __ITER = n; },';

/**
 * Runs the code in a function, so that each user has its own variables, also on a shared thread. The function
 * is strict, as modules are.
 */
export async function evaluate(
  { code, path, id }: UserSetup,
  { require, globals, pending }: Scope,
): Promise<{ exports: Exports; setIteration(count: number): void }> {
  const names = Object.keys(globals.variables);
  const setters = names.map((name) => `${name}(value) { ${name} = value; }`).join(', ');
  const createScope = runInThisContext(
    `(function (${names.join(', ')}) { "use strict"; ${ITERATION} assigns: { ${setters} }, load: (
${code}
) }; })`,
    // Names the user, so that an error that no code handles is found to be its own.
    { filename: `${path}.bundle#${id}` },
  ) as (...args: unknown[]) => {
    set(count: number): void;
    assigns: Record<string, (value: unknown) => void>;
    load: (...args: unknown[]) => unknown;
  };
  const { set, assigns: byName, load } = createScope(...Object.values(globals.variables));
  globals.onAssign((name, value) => byName[name]?.(value));
  const module = { exports: {} as Exports };
  pending.start();
  try {
    const loaded = load.call(module.exports, module.exports, require, module, path, dirname(path));
    if (loaded instanceof Promise) {
      const { isSettled } = await pending.settle(loaded, () => 0);
      if (!isSettled) throw new Error('the script awaits a promise that nothing can settle');
    }
  } finally {
    pending.stop();
  }
  // Of an empty file the bundle assigns nothing.
  return { exports: Object(module.exports) as Exports, setIteration: set };
}
