import type { Tags } from '../protocol/metrics.ts';

/** Returns the fields with their values as text: those of headers may be anything in a script. */
export function textValues(fields: unknown): Record<string, string> {
  if (fields === undefined || fields === null) return {};
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]));
}

/** Returns the tags that a script gives to samples. Throws for a value that k6 does not take as a tag. */
export function readTags(fields: unknown): Tags {
  if (fields === undefined || fields === null) return {};
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, readTag(key, value)]));
}

export function readTag(name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new TypeError(`tag "${name}": only String, Boolean and Number types are accepted as a tag value`);
}
