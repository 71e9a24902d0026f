import { readFileSync } from 'node:fs';

type Environment = Record<string, string | undefined>;

/**
 * Returns the text of a variable, as it is in the environment or in the file that `NAME_FILE` names, as
 * platforms mount secrets. Throws a sentence that follows the name for a file that cannot be read or is
 * empty, and for two values: one of them would be ignored.
 */
export function variableText(env: Environment, name: string): string | undefined {
  const text = env[name];
  const file = env[`${name}_FILE`]?.trim();
  if (!file) return text;
  const content = contentOf(file, `${name}_FILE`);
  if (!text?.trim() || text.trim() === content) return content;
  throw new Error(`has one value, and the file of ${name}_FILE another: set one of them`);
}

/** Whether a variable is set, in the environment or by a file. */
export const isSet = (env: Environment, name: string): boolean => Boolean(env[name] || env[`${name}_FILE`]);

function contentOf(file: string, variable: string): string {
  let content: string;
  try {
    content = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`is in the file of ${variable}, which cannot be read (${code})`, { cause: error });
  }
  if (content === '') throw new Error(`is in the file of ${variable}, which is empty`);
  return content;
}

const NAME_LENGTH_MIN = 7;

/**
 * Returns a problem for each variable that is named nearly as one that is not set: its value would be ignored
 * for a slip of the finger. Others of this environment are none of our business.
 */
export function misspelled(env: Environment, names: readonly string[]): string[] {
  const ofNames = new Set(names);
  const unset = names.filter((name) => name.length >= NAME_LENGTH_MIN && !isSet(env, name));
  return Object.keys(env)
    .filter((written) => written.length >= NAME_LENGTH_MIN && !ofNames.has(written) && env[written])
    .flatMap((written) => {
      const meant = unset.find((name) => isOneSlip(written.toUpperCase().replaceAll('-', '_'), name));
      return meant === undefined ? [] : [`${written} is no variable: ${meant} is`];
    });
}

/** Whether two texts are equal but for one letter that is missing, added, another, or changed places. */
function isOneSlip(text: string, other: string): boolean {
  if (text === other) return true;
  if (Math.abs(text.length - other.length) > 1) return false;
  let start = 0;
  while (start < text.length && text[start] === other[start]) start += 1;
  const [rest, otherRest] = [text.slice(start), other.slice(start)];
  const swapped = `${rest[1] ?? ''}${rest[0] ?? ''}${rest.slice(2)}`;
  const forms = [
    [rest.slice(1), otherRest],
    [rest, otherRest.slice(1)],
    [rest.slice(1), otherRest.slice(1)],
    [swapped, otherRest],
  ];
  return forms.some(([one, two]) => one === two);
}
