import { parseArgs } from 'node:util';

/** Options of a script by name: with a number, with a text, or a flag. */
type Kinds = Record<string, 'number' | 'text' | 'flag'>;

type Options<K extends Kinds> = {
  [Name in keyof K]?: K[Name] extends 'number' ? number : K[Name] extends 'text' ? string : true;
};

/**
 * Reads the arguments of a script. An unknown one, or an invalid number, ends the process with 2 and a
 * line that says so: no argument is ignored.
 */
export function readOptions<const K extends Kinds>(
  args: string[],
  kinds: K,
  takesNames = false,
): { names: string[]; options: Options<K> } {
  try {
    return parseOptions(args, kinds, takesNames);
  } catch (error) {
    console.error(error instanceof Error ? error.message.split('\n')[0] : String(error));
    console.error(`options: ${Object.entries(kinds).map(describe).join(' ')}`);
    process.exit(2);
  }
}

/** The same. Throws an Error that names the first argument that does not fit. */
export function parseOptions<const K extends Kinds>(
  args: string[],
  kinds: K,
  takesNames: boolean,
): { names: string[]; options: Options<K> } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: takesNames,
    options: Object.fromEntries(
      Object.entries(kinds).map(([name, kind]) => [name, { type: kind === 'flag' ? 'boolean' : 'string' }]),
    ),
  });
  const options = Object.entries(values).map(([name, value]) => [
    name,
    kinds[name] === 'number' ? readNumber(name, String(value)) : value,
  ]);
  return { names: positionals, options: Object.fromEntries(options) };
}

function readNumber(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`--${name} must be a whole number, not ${JSON.stringify(text)}`);
}

const describe = ([name, kind]: [string, string]) =>
  kind === 'flag' ? `[--${name}]` : `[--${name} ${kind === 'number' ? 'N' : 'TEXT'}]`;
