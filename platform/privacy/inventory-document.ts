import type { TableHolding } from './holding.ts';
import { INVENTORY } from './inventory.ts';

const BEGIN = '<!-- Made by `npm run documents` of platform/privacy/inventory.ts -->';
const END = '<!-- End of the inventory -->';

/** Returns the document with the inventory in its place. */
export function withInventory(document: string): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`the document lacks ${BEGIN} or ${END}`);
  return `${before}${BEGIN}\n${inventoryText()}${END}${after}`;
}

function inventoryText(): string {
  const { tables, streams, cacheKeys, logFields, files } = INVENTORY;
  return [
    '\n### Tables\n',
    markdownTable(
      ['table', 'content', 'purpose', 'kept', 'erasure', 'exported'],
      tables.map((holding) => [
        [holding.table, ...(holding.views ?? [])].map((name) => `\`${name}\``).join(', '),
        holding.content,
        holding.purpose,
        holding.kept,
        [holding.erasure, ...(holding.erased ? [holding.erased] : [])].join(': '),
        exportedOf(holding),
      ]),
    ),
    '\n### Streams\n',
    markdownTable(
      ['stream', 'content', 'purpose', 'kept', 'erasure', 'exported'],
      streams.map((holding) => [
        `\`${holding.stream}\``,
        holding.content,
        holding.purpose,
        holding.kept,
        holding.erased,
        holding.exported,
      ]),
    ),
    '\n### Keys in Redis\n',
    markdownTable(
      ['key', 'content', 'purpose', 'kept', 'erasure'],
      Object.entries(cacheKeys).map(([prefix, key]) => [
        `\`${prefix}…\``,
        key.content,
        key.purpose,
        key.kept,
        key.erased,
      ]),
    ),
    '\n### Fields of log lines\n',
    markdownTable(
      ['fields', 'content'],
      logFields.map(({ fields, content }) => [fields.map((field) => `\`${field}\``).join(', '), content]),
    ),
    '\n### Elsewhere\n',
    markdownTable(
      ['place', 'content', 'kept', 'erasure'],
      files.map((file) => [file.place, file.content, file.kept, file.erased]),
    ),
    '\n',
  ].join('');
}

function exportedOf({ personal, internal, owner }: TableHolding): string {
  if (owner === null) return 'no';
  return internal.length === 0
    ? 'whole'
    : `all but ${internal.map((column) => `\`${column}\``).join(', ')}; ${personal.length} columns`;
}

function markdownTable(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('');
}
