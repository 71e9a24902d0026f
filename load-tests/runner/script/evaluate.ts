import { dirname } from 'node:path';
import { runInThisContext } from 'node:vm';
import type { UserSetup } from '../protocol/messages.ts';

export type Exports = Record<string, unknown>;

interface Scope {
  require: (name: string) => object;
  env: Record<string, string>;
  globals: object;
}

/** Runs the code in a function, so that each user has its own variables, also on a shared thread. */
export function evaluate(
  { code, path, id }: UserSetup,
  { require, env, globals }: Scope,
): { exports: Exports; setIteration(count: number): void } {
  const names = Object.keys(globals);
  const createScope = runInThisContext(
    `(function (__ENV, ${names.join(', ')}) { let __ITER = 0; return { set(n) { __ITER = n; }, load: (
${code}
) }; })`,
    // Names the user, so that an error that no code handles is found to be its own.
    { filename: `${path}.bundle#${id}` },
  ) as (...args: unknown[]) => { set(count: number): void; load: (...args: unknown[]) => void };
  const { set, load } = createScope(env, ...Object.values(globals));
  const module = { exports: {} as Exports };
  load(module.exports, require, module, path, dirname(path));
  return { exports: module.exports, setIteration: set };
}
