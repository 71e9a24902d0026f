import { ConfigError } from '../protocol/endings.ts';

/** Option values as k6 takes them: numbers and booleans also as texts, since `__ENV` holds only texts. */

/** Returns undefined where the option is not set. Throws a ConfigError that names it. */
export function readNumber(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new ConfigError(`${name}: ${JSON.stringify(value)} is not a number`);
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
