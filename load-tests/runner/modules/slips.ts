import { isNearly } from '../options/unknown-options.ts';

/** Bounded because a script may make names. */
const HARMLESS_MAX = 1000;

/**
 * Makes the check of an object of a call, as a refusal names it, with the names that k6 reads from it. The
 * check returns the refusal of a name that is a slip of one, as `timout` or `Headers`, and of a value that
 * has no names: k6 takes them without a word, and the test would be another one.
 */
export function createSlipCheck(of: string, names: string[]): (fields: unknown) => string | undefined {
  /** Other names, which have no effect in k6 either. */
  const harmless = new Set<string>();
  return (fields) => {
    if (typeof fields !== 'object') return `${of} must be an object, not ${JSON.stringify(fields)}`;
    for (const name in fields) {
      if (names.includes(name) || harmless.has(name)) continue;
      const meant = names.find((candidate) => isNearly(name, candidate));
      if (meant !== undefined) return `unknown "${name}" in ${of}: is "${meant}" meant?`;
      if (harmless.size < HARMLESS_MAX) harmless.add(name);
    }
    return undefined;
  };
}
