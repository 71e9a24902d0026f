import { directionOf, isLeftOut, isSameText, type OnlyTally } from './conditions.ts';
import { isRoundedToCents, NOT_WHOLE_CENTS } from '../../sdk/contracts/whole-cents.ts';
import { type Columns, type Header, readCells, readHeader, rowOf } from './csv.ts';
import { quoteField } from './fields.ts';
import type { Layout } from './layout.ts';
import { readTableNumber } from './table-number.ts';
import { createTimeReader } from './table-time.ts';

/**
 * Reads rows of a table, in its own layout, as the texts of our columns: numbers with a point, times in ISO
 * 8601. A text is the fault of a row; null leaves it out.
 */
export function createTableReader(
  columns: Columns & { numbers: string[] },
  layout: Layout,
  tally?: OnlyTally,
): (text: string, header: Header) => Record<string, string> | string | null {
  const readTime = createTimeReader(layout);
  return (text, header) => {
    const fields = readCells(text, header, layout);
    if (fields === null || typeof fields === 'string') return fields;
    if (isLeftOut(fields, header, layout, tally)) return null;
    const row = rowOf(fields, header, layout.null);
    for (const name of columns.numbers) {
      const value = row[name];
      if (value === undefined) continue;
      const number = readTableNumber(value, layout, { isMoney: name === 'amount' });
      if (number === null) return notANumber(name, value, layout);
      if (name === 'amount' && isRoundedToCents(number)) return `amount ${value} ${NOT_WHOLE_CENTS}`;
      row[name] = number;
    }
    const spent = keepSpent(row, fields, header, layout);
    if (spent === null || typeof spent === 'string') return spent;
    const time = spent[columns.time];
    if (time === undefined) return spent;
    const result = readTime(time);
    if ('fault' in result) return `${columns.time} ${result.fault}`;
    spent[columns.time] = result.time;
    return spent;
  };
}

/**
 * Returns the header of rejected rows and the layout of their fields: columns in our own names, those of
 * conditions in theirs, so that the rows are read by it as by the file's own.
 */
export function tableOfRejects(
  { delimiter, columns, places = {} }: Header,
  { map: _, encoding: __, columns: ___, ...layout }: Layout,
): { header: string; layout?: object } {
  const names = columns.map((column) => column ?? '');
  const renamed = new Map<string, string>();
  for (const [name, place] of Object.entries(places)) {
    names[place] ||= quoteField(name);
    renamed.set(name, columns[place] ?? name);
  }
  const nameOf = (name: string) => [...renamed].find(([column]) => isSameText(column, name))?.[1] ?? name;
  const { only, direction } = layout;
  const rest = {
    ...layout,
    ...(only && { only: only.map(({ name, text }) => ({ name: nameOf(name), text })) }),
    ...(direction && { direction: { ...direction, name: nameOf(direction.name) } }),
  };
  return { header: names.join(delimiter), ...(Object.keys(rest).length > 0 && { layout: rest }) };
}

/** Reads the header, in our own names, of a row in a rejects file. */
export function headerOfRejects(text: string, columns: Columns, layout: Layout): Header | string {
  const header = readHeader(text, columns, { ...layout, map: [], quotes: 'double', escapes: 'none' });
  return 'problem' in header ? header.problem : header;
}

/**
 * Keeps amounts that were spent, by their sign or the word beside them, as amounts above 0. A footer has
 * often none, and no time either.
 */
function keepSpent(
  row: Record<string, string>,
  fields: string[],
  header: Header,
  { spent, direction }: Layout,
): Record<string, string> | string | null {
  if (spent === undefined && direction === undefined) return row;
  const { amount = '' } = row;
  const isNegative = amount.startsWith('-');
  if (!/[1-9]/.test(amount)) return null;
  if (direction === undefined) {
    return isNegative === (spent === 'negative') ? { ...row, amount: amount.replace('-', '') } : null;
  }
  const side = directionOf(fields, header, direction);
  if (typeof side === 'object') return side.fault;
  if (side === 'received') return null;
  if (!isNegative) return row;
  // A reversal, or the same said twice.
  return `amount ${amount} has a sign beside its direction: --spent negative goes by signs`;
}

function notANumber(name: string, value: string, { decimal, currency }: Layout): string {
  if (decimal === undefined) {
    return `${name} ${value} is not a number such as 1234.5: --decimal , or --decimal . reads others`;
  }
  const example = decimal === ',' ? '1.234,56' : '1,234.56';
  const besides = currency === undefined ? '; --currency takes a sign beside it' : '';
  return `${name} ${value} is not a number such as ${example}${besides}`;
}
