import { EcsArgumentError } from './errors.ts';
import { nameOf } from './json.ts';

export const PLAIN_OBJECT = 'a plain object';

/** Whether a value has names with values as its properties: a Map, a Headers or a Date has none. */
export const isPlainObject = (value: unknown): value is object =>
  Object.prototype.toString.call(value) === '[object Object]';

/** Returns an object of names and values, an empty one for none. Throws EcsArgumentError for another. */
export function plainObject<Value extends object>(value: Value | null | undefined, name = 'options'): Value {
  if (value === undefined || value === null) return {} as Value;
  if (isPlainObject(value)) return value;
  throw new EcsArgumentError(`${name} must be ${PLAIN_OBJECT}, not ${nameOf(value)}`);
}
