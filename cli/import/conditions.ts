import { steps } from '../../deploy/local/command-line.ts';
import { again, againWith } from '../ui/command-line.ts';
import { CliError, EXIT } from '../ui/output.ts';

/** Conditions of a layout on the texts of columns of a file, by their names in it. */
export interface Conditions {
  /** Rows with these texts alone are taken; of one column any of its texts. */
  only?: { name: string; text: string }[];
  /** The column that says whether an amount was spent or received. */
  direction?: { name: string; spent: string[]; received: string[] };
}

/** The places of the columns of conditions in a header, by their names in the file. */
export type Places = Record<string, number>;

/** Macs write `é` as two characters. */
export const isSameText = (a: string, b: string) =>
  a.normalize('NFC').toLowerCase() === b.normalize('NFC').toLowerCase();

/** Reads `--only 'State=COMPLETED'`; a column may be asked to be empty. */
export function readOnly(pair: string): { name: string; text: string } {
  const [name, text] = splitPair(pair);
  if (name !== '' && text !== undefined) return { name, text };
  throw new CliError(`--only ${pair} names no column`, EXIT.usage, againWith(pair, 'State=COMPLETED'));
}

/** Reads `--direction 'Af Bij=Af,Bij'`; `|` stands between several words for the same. */
export function readDirection(pair: string): NonNullable<Conditions['direction']> {
  const [name, words = ''] = splitPair(pair);
  const sides = words.split(',').map((side) => side.split('|').map((word) => word.trim()));
  const [spent = [], received = []] = sides;
  const isWhole = name !== '' && sides.length === 2 && sides.flat().every((word) => word !== '');
  const isTwice = spent.some((word) => received.some((receivedWord) => isSameText(word, receivedWord)));
  if (isWhole && !isTwice) return { name, spent, received };
  throw new CliError(
    `--direction ${pair} does not give a column its word for spent and its word for received`,
    EXIT.usage,
    steps(again({ '--direction': 'Af Bij=Af,Bij' }), again({ '--direction': 'Type=CARD|FEE,TOPUP' })),
  );
}

function splitPair(pair: string): [name: string, text: string | undefined] {
  const end = pair.indexOf('=');
  return end === -1 ? ['', undefined] : [pair.slice(0, end).trim(), pair.slice(end + 1).trim()];
}

/** Returns the names of the columns of conditions, each once. */
export function columnsOf({ only = [], direction }: Conditions): string[] {
  const names = [...only.map(({ name }) => name), ...(direction ? [direction.name] : [])];
  return names.filter((name, index) => names.findIndex((column) => isSameText(name, column)) === index);
}

/** Returns the places of these columns in a header; of conditions alone. */
export function placesOf(names: string[], conditions: Conditions): { places?: Places } {
  const places = columnsOf(conditions).map((name) => [
    name,
    names.findIndex((heading) => isSameText(heading, name)),
  ]);
  return places.length === 0 ? {} : { places: Object.fromEntries(places) as Places };
}

const fieldOf = (fields: string[], { places = {} }: { places?: Places }, name: string) => {
  const place = Object.entries(places).find(([column]) => isSameText(column, name))?.[1] ?? -1;
  return fields[place] ?? '';
};

/** Counts rows by what `--only` says of them. */
export interface OnlyTally {
  /** A row has this text. */
  fits(pair: object): void;
  /** A row is left out for this text of a column. */
  leavesOut(condition: string): void;
}

/** Returns whether `--only` leaves a row out, by its first column that has none of the texts. */
export function isLeftOut(
  fields: string[],
  header: { places?: Places },
  { only }: Conditions,
  tally?: OnlyTally,
): boolean {
  if (only === undefined) return false;
  let cause: string | null = null;
  // All columns are looked at: a text counts as one of a row, whatever else leaves the row out.
  for (const { name } of only) {
    const field = fieldOf(fields, header, name);
    const fitting = only.find((pair) => isSameText(pair.name, name) && isSameText(pair.text, field));
    if (fitting) tally?.fits(fitting);
    else cause ??= `${name}=${field}`;
  }
  if (cause !== null) tally?.leavesOut(cause);
  return cause !== null;
}

/** Returns whether the amount of a row was spent, or the fault of a text that does not say so. */
export function directionOf(
  fields: string[],
  header: { places?: Places },
  { name, spent, received }: NonNullable<Conditions['direction']>,
): 'spent' | 'received' | { fault: string } {
  const field = fieldOf(fields, header, name);
  const isOneOf = (words: string[]) => words.some((word) => isSameText(word, field));
  if (isOneOf(spent)) return 'spent';
  if (isOneOf(received)) return 'received';
  const text = field === '' ? 'empty' : field;
  return {
    fault: `${name} is ${text}, which --direction does not name (${[...spent, ...received].join(', ')})`,
  };
}
