/**
 * The globals that a script sees: those of the language and k6's, none of the engine's. The names are
 * variables of the script's scope; `globalThis` is a view of the thread's with the same.
 */
const LANGUAGE = (
  'Infinity NaN undefined isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI ' +
  'encodeURIComponent escape unescape eval Object Function Array String Boolean Number BigInt ' +
  'Symbol Date Math JSON Reflect Proxy Promise RegExp Map Set WeakMap WeakSet WeakRef ' +
  'FinalizationRegistry Iterator Intl Error AggregateError EvalError RangeError ReferenceError ' +
  'SyntaxError TypeError URIError SuppressedError DisposableStack AsyncDisposableStack ArrayBuffer ' +
  'SharedArrayBuffer DataView Atomics Int8Array Int16Array Int32Array Uint8Array Uint8ClampedArray ' +
  'Uint16Array Uint32Array BigInt64Array BigUint64Array Float16Array Float32Array Float64Array'
).split(' ');

/** The names of the engine, as they are before any code of a script has run. */
const ENGINE = Object.getOwnPropertyNames(globalThis).filter(
  (name) => !LANGUAGE.includes(name) && /^[\w$]+$/.test(name),
);

export interface ScriptGlobals {
  /** The variables of the scope, with their values. */
  variables: Record<string, unknown>;
  /** Takes the way to change a variable: a script may set it by its name or as a property of the view. */
  onAssign(assign: (name: string, value: unknown) => void): void;
}

/** With the globals of k6, each of which is a user's own. */
export function createScriptGlobals(k6: Record<string, unknown>): ScriptGlobals {
  const values = new Map<PropertyKey, unknown>(Object.entries(k6));
  const variables: Record<string, unknown> = Object.fromEntries([
    ...ENGINE.map((name) => [name, undefined] as const),
    ...values,
  ]);
  let assign = (_name: string, _value: unknown): void => {};
  const isVariable = (key: PropertyKey): key is string => typeof key === 'string' && key in variables;
  const put = (key: string, value: unknown): true => {
    values.set(key, value);
    assign(key, value);
    return true;
  };
  const view = createView({ isVariable, values, names: Object.keys(variables), put });
  for (const name of ['globalThis', 'global']) {
    variables[name] = view;
    values.set(name, view);
  }
  return {
    variables,
    onAssign(next) {
      assign = next;
    },
  };
}

interface View {
  isVariable(key: PropertyKey): key is string;
  /** The variables that are there. */
  values: Map<PropertyKey, unknown>;
  names: string[];
  put(key: string, value: unknown): true;
}

/** Shows the thread's globals with the variables in the place of those of the engine. */
function createView({ isVariable, values, names, put }: View): object {
  const thread = globalThis;
  // The target has the properties that are defined for good: no view may say otherwise of them.
  return new Proxy(Object.create(Object.prototype) as object, {
    get: (_, key): unknown => (isVariable(key) ? values.get(key) : Reflect.get(thread, key)),
    has: (_, key) => (isVariable(key) ? values.has(key) : Reflect.has(thread, key)),
    set: (_, key, value) => (isVariable(key) ? put(key, value) : Reflect.set(thread, key, value)),
    ownKeys: () =>
      [...new Set([...Reflect.ownKeys(thread), ...names])].filter(
        (key) => !isVariable(key) || values.has(key),
      ),
    getOwnPropertyDescriptor(target, key) {
      const fixed = Reflect.getOwnPropertyDescriptor(target, key);
      if (fixed) return fixed;
      if (isVariable(key))
        return values.has(key) ? { value: values.get(key), writable: true, configurable: true } : undefined;
      const descriptor = Reflect.getOwnPropertyDescriptor(thread, key);
      return descriptor && { ...descriptor, configurable: true };
    },
    defineProperty(target, key, descriptor) {
      if (!descriptor.configurable && !Reflect.defineProperty(target, key, descriptor)) return false;
      if (!isVariable(key)) return Reflect.defineProperty(thread, key, descriptor);
      return put(key, descriptor.get ? descriptor.get() : descriptor.value);
    },
    deleteProperty(target, key) {
      if (Object.hasOwn(target, key)) return false;
      if (!isVariable(key)) return Reflect.deleteProperty(thread, key);
      put(key, undefined);
      return values.delete(key);
    },
  });
}
