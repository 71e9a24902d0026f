import { EcsArgumentError } from './errors.ts';
import { nameOf } from './json.ts';

/** Whether a value has names with values as its properties: a Map, a Headers or a Date has none. */
export const isPlainObject = (value: unknown): value is object =>
  Object.prototype.toString.call(value) === '[object Object]';

/** Throws EcsArgumentError for what is no object of names and values. */
export function requirePlainObject(value: unknown, name: string): void {
  if (isPlainObject(value)) return;
  throw new EcsArgumentError(`${name} must be a plain object, not ${nameOf(value)}`);
}

/** Returns an object of names and values, an empty one for none. Throws EcsArgumentError for another. */
export function plainObject<Value extends object>(value: Value | null | undefined, name = 'options'): Value {
  if (value === undefined || value === null) return {} as Value;
  requirePlainObject(value, name);
  return value;
}
