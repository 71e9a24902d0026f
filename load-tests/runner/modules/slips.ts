import { isNearly } from '../options/unknown-options.ts';

/** The object of a call, as a refusal names it, and the names that k6 reads from it. */
export interface KnownNames {
  of: string;
  names: string[];
}

/** Other names of each object, which have no effect in k6 either. Bounded because a script may make them. */
const harmlessOf = new WeakMap<KnownNames, Set<string>>();
const HARMLESS_MAX = 1000;

/**
 * Returns the refusal of a name that is a slip of a known one, as `timout` or `Headers`, and of a value that
 * has no names: k6 takes them without a word, and the test would be another one.
 */
export function slipIn(fields: unknown, known: KnownNames): string | undefined {
  const { of, names } = known;
  const harmless = harmlessOf.get(known) ?? new Set<string>();
  harmlessOf.set(known, harmless);
  if (typeof fields !== 'object') return `${of} must be an object, not ${JSON.stringify(fields)}`;
  for (const name in fields) {
    if (names.includes(name) || harmless.has(name)) continue;
    const meant = names.find((candidate) => isNearly(name, candidate));
    if (meant !== undefined) return `unknown "${name}" in ${of}: is "${meant}" meant?`;
    if (harmless.size < HARMLESS_MAX) harmless.add(name);
  }
  return undefined;
}
