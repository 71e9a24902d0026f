import { EcsArgumentError } from './errors.ts';

/** Returns the JSON of a body. Throws EcsArgumentError for a value that would arrive as another one. */
export function toJson(value: unknown): string {
  let text: string | undefined;
  try {
    // A function with a `this`: the value as it was, before its own toJSON.
    text = JSON.stringify(value, function (this: unknown, name: string, inner: unknown) {
      const original = (this as Record<string, unknown>)[name];
      if (!isLost(inner, original, this)) return inner;
      throw new EcsArgumentError(`${name || 'a body'} must be a value of JSON, not ${nameOf(original)}`);
    });
  } catch (error) {
    if (error instanceof EcsArgumentError) throw error;
    throw new EcsArgumentError('a body must be a value of JSON, without a circle', 'invalid_argument', error);
  }
  if (text && /^[{[]/.test(text)) return text;
  throw new EcsArgumentError(`a body must be an object, not ${nameOf(value)}`);
}

/** Values that JSON writes as they are; of a Map or a typed array it would write {} or their places. */
const WRITTEN = / (Obj|Arr|Str|Num|Boo)/;

/** Whether a value would arrive as another one, or not at all; an invalid Date is null. */
function isLost(value: unknown, original: unknown, parent: unknown): boolean {
  if (value === null) return original !== null;
  if (value === undefined) return Array.isArray(parent);
  if (typeof value === 'number') return !Number.isFinite(value);
  return !WRITTEN.test(Object.prototype.toString.call(value));
}

/** Names a wrong value without showing it, since it may be a secret; a number cannot be one. */
export function nameOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value);
  if (value === '') return 'an empty text';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Returns the length in UTF-8. */
export const bytesOf = (text: string): number => measureUtf8(text, Infinity).bytes;

/**
 * Returns how much of a text fits into so many bytes of UTF-8: `length` is in characters, as JavaScript
 * counts them. A runtime may have no `TextEncoder`.
 */
export function measureUtf8(text: string, bytesMax: number): { length: number; bytes: number } {
  let bytes = 0;
  for (let length = 0; length < text.length; length += 1) {
    const unit = text.charCodeAt(length);
    // Two surrogates are a character of four bytes.
    const isSurrogate = unit >= 0xd800 && unit < 0xe000;
    const size = unit < 0x80 ? 1 : unit < 0x800 || isSurrogate ? 2 : 3;
    if (bytes + size > bytesMax) return { length, bytes };
    bytes += size;
  }
  return { length: text.length, bytes };
}
