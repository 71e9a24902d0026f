import { ConfigError } from '../protocol/endings.ts';

/** Option values as k6 takes them: numbers and booleans also as texts, since `__ENV` holds only texts. */

/** Returns undefined where the option is not set. Throws a ConfigError that names it. */
export function readNumber(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new ConfigError(`${name}: ${JSON.stringify(value)} is not a number`);
}

/** The same for a number that k6 takes whole. */
export function readCount(value: unknown, name: string): number | undefined {
  const number = readNumber(value, name);
  if (number === undefined || Number.isInteger(number)) return number;
  throw new ConfigError(`${name} must be a whole number, not ${number}`);
}

export function readBoolean(value: unknown, name: string): boolean | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  if (['true', 't', '1'].includes(text)) return true;
  if (['false', 'f', '0'].includes(text)) return false;
  throw new ConfigError(`${name}: ${JSON.stringify(value)} is neither true nor false`);
}

/** Returns undefined where the option is not set; a number would be another text than it seems, as in k6. */
export function readText(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new ConfigError(`${name} must be a text, not ${JSON.stringify(value)}`);
}

/** Names with values; of a list or a number there would be none. */
export function readFields(value: unknown, name: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ConfigError(`${name} must be an object of names and values, not ${JSON.stringify(value)}`);
}

/** The values of these names, in any case, where they are set; another name would do nothing. */
export function readKnownFields(value: unknown, name: string, names: string[]): Record<string, unknown> {
  const fields = canonicalFields(readFields(value, name), names);
  const stray = Object.keys(fields).find((key) => !names.includes(key));
  if (stray === undefined) return fields;
  throw new ConfigError(`${name}: unknown field "${stray}"`);
}

/** Returns the fields under the names of the list. As in k6, case has no meaning, and null sets nothing. */
export function canonicalFields(fields: object | null | undefined, names: string[]): Record<string, unknown> {
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  const entries = Object.entries(fields ?? {}).filter(([, value]) => value !== null);
  return Object.fromEntries(
    entries.map(([key, value]) => [byLowerCase.get(key.toLowerCase()) ?? key, value]),
  );
}

/** Names with texts, as tags and variables are. */
export function readNamedTexts(value: unknown, name: string): Record<string, string> {
  const entries = Object.entries(readFields(value, name));
  return Object.fromEntries(entries.map(([key, text]) => [key, readText(text, `${name}.${key}`) ?? '']));
}

/** A list of texts, or a text with commas between. */
export function readTexts(value: unknown, name: string): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return value.split(',').map((item) => item.trim());
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new ConfigError(`${name} must be a list of texts`);
}

/** Returns the texts before and behind the first sign; null where there is none, or nothing before it. */
export function splitPair(text: string, sign: '=' | ':'): [string, string] | null {
  const at = text.indexOf(sign);
  return at < 1 ? null : [text.slice(0, at), text.slice(at + 1)];
}
