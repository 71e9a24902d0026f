import { type Columns, type Header, readHeader, readRow } from './csv.ts';
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
): (text: string, header: Header) => Record<string, string> | string | null {
  const readTime = createTimeReader(layout);
  return (text, header) => {
    const row = readRow(text, header, layout.null);
    if (row === null || typeof row === 'string') return row;
    for (const name of columns.numbers) {
      const value = row[name];
      if (value === undefined) continue;
      const number = readTableNumber(value, layout, { isMoney: name === 'amount' });
      if (number === null) return notANumber(name, value, layout);
      row[name] = number;
    }
    const time = row[columns.time];
    if (time !== undefined) {
      const result = readTime(time);
      if ('fault' in result) return `${columns.time} ${result.fault}`;
      row[columns.time] = result.time;
    }
    return layout.spent === undefined ? row : keepSpent(row, layout.spent);
  };
}

/** Reads the header, in our own names, of a row in a rejects file. */
export function headerOfRejects(text: string, columns: Columns): Header | string {
  const header = readHeader(text, columns, { map: [] });
  return 'problem' in header ? header.problem : header;
}

/** Keeps amounts of one sign, as amounts above 0. */
function keepSpent(row: Record<string, string>, sign: 'positive' | 'negative') {
  const { amount = '' } = row;
  const isSpent = sign === 'negative' ? /^-.*[1-9]/.test(amount) : /^[^-]*[1-9]/.test(amount);
  return isSpent ? { ...row, amount: amount.replace('-', '') } : null;
}

function notANumber(name: string, value: string, { decimal, currency }: Layout): string {
  if (decimal === undefined) {
    return `${name} ${value} is not a number such as 1234.5: --decimal , or --decimal . reads others`;
  }
  const example = decimal === ',' ? '1.234,56' : '1,234.56';
  const besides = currency === undefined ? '; --currency takes a sign beside it' : '';
  return `${name} ${value} is not a number such as ${example}${besides}`;
}
