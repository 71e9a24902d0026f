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
  const text = JSON.stringify(value).replaceAll('"', '').toLowerCase();
  if (['true', 't', '1'].includes(text)) return true;
  if (['false', 'f', '0'].includes(text)) return false;
  throw new ConfigError(`${name}: ${JSON.stringify(value)} is neither true nor false`);
}

/** A list of texts, or a text with commas between. */
export function readTexts(value: unknown, name: string): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return value.split(',').map((item) => item.trim());
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new ConfigError(`${name} must be a list of texts`);
}
