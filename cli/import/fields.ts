/** The quotes and escapes of a table; without them those of RFC 4180. */
export interface Quoting {
  /** Of `none` a `"` is an ordinary character, as PostgreSQL's COPY and MySQL write without ENCLOSED BY. */
  quotes?: 'double' | 'none';
  /** Of `backslash` a `\` takes the meaning of the next character, as MySQL and Spark write. */
  escapes?: 'none' | 'backslash';
}

/** Returns the fields of a record; null when its quotes do not match. */
export function readFields(text: string, delimiter: string, quoting: Quoting = {}): string[] | null {
  if (quoting.escapes === 'backslash') return readEscapedFields(text, delimiter, quoting.quotes !== 'none');
  if (quoting.quotes === 'none') return text.split(delimiter).map((field) => field.trim());
  const fields: string[] = [];
  for (let at = 0; ; at += 1) {
    at = startOfQuote(text, at);
    if (text[at] === '"') {
      const quoted = readQuoted(text, at);
      if (!quoted || (quoted.end < text.length && text[quoted.end] !== delimiter)) return null;
      fields.push(quoted.value);
      at = quoted.end;
    } else {
      const next = text.indexOf(delimiter, at);
      const field = text.slice(at, next === -1 ? undefined : next);
      if (field.includes('"')) return null;
      fields.push(field.trim());
      at = next === -1 ? text.length : next;
    }
    if (at >= text.length) return fields;
  }
}

/** Programs that join with `, ` leave a space before a quote. */
function startOfQuote(text: string, at: number): number {
  let start = at;
  while (text[start] === ' ') start += 1;
  return text[start] === '"' ? start : at;
}

function readQuoted(text: string, start: number): { value: string; end: number } | null {
  let value = '';
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return null;
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    from = quote + 2;
  }
}

/** The letters that stand for controls after a backslash; any other character stands for itself. */
const ESCAPED: Record<string, string> = { 0: '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\x1a' };
/** A whole field without a value. */
const NO_VALUE = '\\N';

function readEscapedFields(text: string, delimiter: string, isQuotable: boolean): string[] | null {
  const fields: string[] = [];
  for (let at = 0; ; at += 1) {
    const start = isQuotable ? startOfQuote(text, at) : at;
    const isQuoted = isQuotable && text[start] === '"';
    const field = readEscaped(text, isQuoted ? start + 1 : at, { delimiter, isQuotable, isQuoted });
    if (field === null) return null;
    at = field.end;
    if (at < text.length && text[at] !== delimiter) return null;
    fields.push(field.value);
    if (at >= text.length) return fields;
  }
}

function readEscaped(
  text: string,
  start: number,
  { delimiter, isQuotable, isQuoted }: { delimiter: string; isQuotable: boolean; isQuoted: boolean },
): { value: string; end: number } | null {
  let value = '';
  let at = start;
  for (; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '\\' && at + 1 < text.length) {
      at += 1;
      const escaped = text[at] ?? '';
      value += ESCAPED[escaped] ?? escaped;
    } else if (character === '"' && isQuotable) {
      if (!isQuoted) return null;
      if (text[at + 1] !== '"') return { value, end: at + 1 };
      at += 1;
      value += '"';
    } else if (character === delimiter && !isQuoted) break;
    else value += character;
  }
  if (isQuoted) return null;
  return { value: text.slice(start, at) === NO_VALUE ? '' : value.trim(), end: at };
}

/** Returns a field as RFC 4180 has it. */
export const quoteField = (field: string): string =>
  /[",;\t|\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
