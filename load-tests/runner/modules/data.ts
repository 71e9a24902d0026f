import type { UserState } from './user-state.ts';

/** `k6/data`: an array made once; every user reads a copy that it cannot change. */
export function createDataModule(state: UserState) {
  /** Called with `new`, but returns a real, frozen array, so that all its methods work. */
  function SharedArray(name: string, make: () => unknown[]): readonly unknown[] {
    if (state.phase !== 'init') throw new Error('new SharedArray must be called in the init context');
    if (!name) throw new Error("empty name provided to SharedArray's constructor");
    if (typeof make !== 'function')
      throw new Error("a function is expected as SharedArray's second argument");
    if (state.shared[name] === undefined) {
      const values = make();
      if (!Array.isArray(values)) throw new Error('only arrays can be made into SharedArray');
      state.shared[name] = JSON.stringify(values);
    }
    return freeze(JSON.parse(state.shared[name]) as unknown[]);
  }
  const module = { SharedArray };
  return { __esModule: true, ...module, default: module };
}

function freeze<T>(value: T): T {
  if (value !== null && typeof value === 'object') {
    for (const child of Object.values(value)) freeze(child);
    Object.freeze(value);
  }
  return value;
}
