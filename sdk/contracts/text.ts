import { FormatRegistry, type TSchema } from '@sinclair/typebox';

/**
 * Characters that a text that is shown must not have, as a class of a pattern: controls of both blocks, line
 * and paragraph separators, and marks that turn the direction of the text around them.
 */
export const UNSHOWN = '\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069';

/**
 * Characters that show nothing (Default_Ignorable_Code_Point), as a class of a pattern; those beyond the
 * first plane are two units each, and excluded by a lookahead before the pattern.
 */
export const INVISIBLE =
  '\\u00ad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2060-\\u206f' +
  '\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8';
export const NONE_INVISIBLE =
  '(?!.*(?:\\ud82f[\\udca0-\\udca3]|\\ud834[\\udd73-\\udd7a]|[\\udb40-\\udb43][\\udc00-\\udfff]))';

/** The pattern of a text of one line. */
export const LINE = `^[^${UNSHOWN}]+$`;

/** Characters that a text of several lines must not have: all controls but tabs and line ends. */
const CONTROLS = '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f';

/** The characters of such a text that show nothing. */
const BLANKS =
  '\\t\\n\\r \\u0080-\\u009f\\u00a0\\u061c\\u1680\\u2000-\\u200a\\u200e\\u200f' +
  '\\u2028-\\u202f\\u205f\\u2066-\\u2069\\u3000\\ufeff';

/**
 * The pattern of a text of several lines, which may be empty; and of one that says something. Each character
 * fits one part of it, so that no text takes time by the square of its length.
 */
export const LINES = `^[^${CONTROLS}]*$`;
export const LINES_WITH_TEXT = `^[${BLANKS}]*[^\\s${UNSHOWN}][^${CONTROLS}]*$`;

const UNSHOWN_CHARACTER = new RegExp(`[${UNSHOWN}]`);
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether a text can be stored and shown: whole characters, and no control but tabs and line feeds. */
export function isPlainText(text: string): boolean {
  return !LONE_SURROGATE.test(text) && !UNSHOWN_CHARACTER.test(text.replace(/[\t\n]/g, ''));
}

/**
 * Parses JSON with well-formed Unicode texts only: a lone surrogate, which only an escape can bring, could
 * be neither stored nor sent on as it is. Throws SyntaxError.
 */
export function parseWellFormed(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (text.includes('\\u') && !isWellFormed(value))
    throw new SyntaxError('a text is not well-formed Unicode');
  return value;
}

/** Walks without recursion: JSON may be nested as deep as a body is long. */
function isWellFormed(value: unknown): boolean {
  const pending = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next === 'string' && LONE_SURROGATE.test(next)) return false;
    if (typeof next !== 'object' || next === null) continue;
    if (Array.isArray(next)) {
      for (const item of next) pending.push(item);
      continue;
    }
    for (const [name, inner] of Object.entries(next)) {
      if (LONE_SURROGATE.test(name)) return false;
      pending.push(inner);
    }
  }
  return true;
}

/** Returns the name of the first parameter that is not percent-encoded UTF-8 (`%ff`, a lone `%`), or null. */
export function illFormedParameter(url: string): string | null {
  const query = /\?([^#]*)/.exec(url)?.[1] ?? '';
  if (!query.includes('%')) return null;
  const parameter = query.split('&').find((text) => !isPercentEncoded(text));
  return parameter === undefined ? null : (parameter.split('=')[0] ?? '');
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Characters are code points, as JSON Schema counts them; the checker's own count is of UTF-16 units. */
const FORMAT = /^(\d+) to (\d+|any number of) characters$/;

/** The same schema for the checker, with the lengths of its texts in code points. */
export function inCodePoints<Schema extends TSchema>(schema: Schema): Schema {
  const copy = { ...schema } as Schema & Record<string, unknown>;
  for (const name of ['items', 'additionalProperties'] as const) {
    if (isSchema(copy[name])) Object.assign(copy, { [name]: inCodePoints(copy[name]) });
  }
  for (const name of ['anyOf', 'allOf'] as const) {
    const parts = copy[name];
    if (Array.isArray(parts)) Object.assign(copy, { [name]: parts.map(inCodePoints) });
  }
  if (isSchema(copy.properties)) {
    const properties = Object.entries(copy.properties);
    Object.assign(copy, {
      properties: Object.fromEntries(properties.map(([name, part]) => [name, inCodePoints(part)])),
    });
  }
  if (copy.type !== 'string' || (copy.minLength === undefined && copy.maxLength === undefined)) return copy;
  const { minLength = 0, maxLength = Infinity, ...rest } = copy as { minLength?: number; maxLength?: number };
  const format = `${minLength} to ${maxLength === Infinity ? 'any number of' : maxLength} characters`;
  if (!FormatRegistry.Has(format))
    FormatRegistry.Set(format, (text) => hasLength(text, minLength, maxLength));
  return { ...rest, format } as unknown as Schema;
}

/** Returns the words for a length that does not fit; null for another format. */
export function lengthExpected(format: unknown): string | null {
  return typeof format === 'string' && FORMAT.test(format) ? `Expected ${format}` : null;
}

function isSchema(value: unknown): value is TSchema {
  return typeof value === 'object' && value !== null;
}

function hasLength(text: string, minLength: number, maxLength: number): boolean {
  // A code point has one or two units: nearly every text is decided by that.
  if (text.length < minLength || text.length > 2 * maxLength) return false;
  if (text.length >= 2 * minLength && text.length <= maxLength) return true;
  let count = 0;
  for (const _ of text) count += 1;
  return count >= minLength && count <= maxLength;
}
