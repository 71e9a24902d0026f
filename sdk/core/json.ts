import { EcsArgumentError } from './errors.ts';

/** Returns the JSON of a body. Throws EcsArgumentError for a value that would arrive as another one. */
export function toJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) {
    throw new EcsArgumentError(`a body must be an object, not ${nameOf(value)}`);
  }
  try {
    // A function with a `this`: the value as it was, before its own toJSON.
    const text = JSON.stringify(value, function (this: unknown, name: string, inner: unknown) {
      const original = (this as Record<string, unknown>)[name];
      if (isLost(inner, original, this)) {
        const place = name === '' ? 'a body' : name;
        throw new EcsArgumentError(`${place} must be a value of JSON, not ${nameOf(original)}`);
      }
      return inner;
    });
    if (!/^[{[]/.test(text)) throw new EcsArgumentError(`a body must be an object, not ${nameOf(value)}`);
    return text;
  } catch (error) {
    if (error instanceof EcsArgumentError) throw error;
    throw new EcsArgumentError('a body must be a value of JSON, without a circle', 'invalid_argument', error);
  }
}

/** Objects that JSON writes as they are; of a Map or a typed array it would write {} or their places. */
const WRITTEN = /^\[object (?:Object|Array|String|Number|Boolean)\]$/;

/** Whether a value would arrive as another one, or not at all. */
function isLost(value: unknown, original: unknown, parent: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (value === undefined) return Array.isArray(parent);
  // An invalid Date is null.
  if (value === null) return original !== null;
  if (typeof value === 'object') return !WRITTEN.test(Object.prototype.toString.call(value));
  return /^(f|sy|bi)/.test(typeof value);
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
