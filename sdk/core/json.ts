import { EcsArgumentError } from './errors.ts';

/** Returns the JSON of a body. Throws EcsArgumentError for a value that would arrive as another one. */
export function toJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) {
    throw new EcsArgumentError(`a body must be an object, not ${nameOf(value)}`);
  }
  try {
    return JSON.stringify(value, (name, inner: unknown) => {
      const isLost = typeof inner === 'number' ? !Number.isFinite(inner) : /^(f|sy|bi)/.test(typeof inner);
      if (isLost) throw new EcsArgumentError(`${name} must be a value of JSON, not ${nameOf(inner)}`);
      return inner;
    });
  } catch (error) {
    if (error instanceof EcsArgumentError) throw error;
    throw new EcsArgumentError('a body must be a value of JSON, without a circle', 'invalid_argument', error);
  }
}

/** Names a wrong value without showing it, since it may be a secret; a number cannot be one. */
export function nameOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value);
  if (value === '') return 'an empty text';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

/** Returns the length in UTF-8, also where `TextEncoder` is not there. */
export function bytesOf(text: string): number {
  if (typeof TextEncoder === 'function') return new TextEncoder().encode(text).byteLength;
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
