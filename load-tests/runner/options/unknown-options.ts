import { ConfigError } from '../protocol/endings.ts';

/**
 * Returns a warning for each option unknown to k6: as in k6, it has no effect. Throws a ConfigError for a
 * name that is nearly an option, since a misspelled `thresholds` would pass every test.
 */
export function warningsOfUnknown(names: string[], options: string[], place: string): string[] {
  return names
    .filter((name) => !options.includes(name))
    .map((name) => {
      const option = options.find((candidate) => isNearly(name, candidate));
      if (option === undefined) return `unknown field "${name}" in ${place} has no effect`;
      throw new ConfigError(`unknown field "${name}" in ${place}: is "${option}" meant?`);
    });
}

/** One letter more, less, other or swapped with its neighbor; two in a long name. */
export function isNearly(name: string, option: string): boolean {
  const limit = option.length >= 8 ? 2 : 1;
  return distanceOf(name.toLowerCase(), option.toLowerCase()) <= limit;
}

/** Counts the edits that make one word another. */
function distanceOf(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row += 1) {
    const [above = [], beforeAbove = []] = [rows[row - 1], rows[row - 2]];
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (beforeAbove[column - 2] ?? Infinity) + 1 : Infinity,
      );
    }
    rows.push(current);
  }
  return rows[from.length]?.[to.length] ?? 0;
}
