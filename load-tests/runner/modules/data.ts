import type { SharedRows } from '../protocol/messages.ts';
import type { UserState } from './user-state.ts';

/** `k6/data`: an array made once, whose memory all users share; they read copies that they cannot change. */
export function createDataModule(state: UserState) {
  /** Called with `new`, but returns an array, so that all its methods work. */
  function SharedArray(name: string, make: () => unknown[]): readonly unknown[] {
    if (state.phase !== 'init') throw new Error('new SharedArray must be called in the init context');
    if (!name) throw new Error("empty name provided to SharedArray's constructor");
    if (typeof make !== 'function')
      throw new Error("a function is expected as SharedArray's second argument");
    if (make.constructor.name === 'AsyncFunction')
      throw new TypeError('SharedArray constructor does not support async functions as second argument');
    return shareRows(state, name, make);
  }
  const module = { SharedArray };
  return { __esModule: true, ...module, default: module };
}

/** Returns the array of this name, which the first user makes. */
export function shareRows(state: UserState, name: string, make: () => unknown): readonly unknown[] {
  return arrayOf((state.shared[name] ??= toRows(make())));
}

/** Encodes the elements one after the other; each stays JSON until it is read. */
function toRows(values: unknown): SharedRows {
  if (!Array.isArray(values)) throw new Error('only arrays can be made into SharedArray');
  const texts = values.map((value: unknown) => Buffer.from(JSON.stringify(value) ?? ''));
  const ends = new Float64Array(new SharedArrayBuffer(8 * texts.length));
  let length = 0;
  for (const [index, text] of texts.entries()) ends[index] = length += text.length;
  const bytes = Buffer.from(new SharedArrayBuffer(length));
  for (const [index, text] of texts.entries()) text.copy(bytes, ends[index]! - text.length);
  return { bytes: bytes.buffer, ends: ends.buffer };
}

/** A real array to all who ask; its elements are read when they are used. */
function arrayOf({ bytes, ends: endsBuffer }: SharedRows): readonly unknown[] {
  const data = Buffer.from(bytes as unknown as ArrayBuffer);
  const ends = new Float64Array(endsBuffer);
  const read = (index: number): unknown => {
    const text = data.toString('utf8', ends[index - 1] ?? 0, ends[index]);
    return text === '' ? undefined : freeze(JSON.parse(text) as unknown);
  };
  const indexOf = (key: string | symbol): number =>
    typeof key === 'string' && /^(0|[1-9]\d*)$/.test(key) && Number(key) < ends.length ? Number(key) : -1;
  const refuse = (): never => {
    throw new TypeError('SharedArray is immutable');
  };
  return new Proxy<unknown[]>([], {
    get(target, key, receiver): unknown {
      if (key === 'length') return ends.length;
      const index = indexOf(key);
      return index === -1 ? Reflect.get(target, key, receiver) : read(index);
    },
    has: (target, key) => indexOf(key) !== -1 || Reflect.has(target, key),
    ownKeys: () => [...Array.from(ends, (_, index) => String(index)), 'length'],
    getOwnPropertyDescriptor(target, key) {
      if (key === 'length') return { ...Reflect.getOwnPropertyDescriptor(target, key), value: ends.length };
      const index = indexOf(key);
      if (index === -1) return undefined;
      return { value: read(index), writable: true, enumerable: true, configurable: true };
    },
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
    setPrototypeOf: refuse,
  });
}

function freeze<T>(value: T): T {
  if (value !== null && typeof value === 'object') {
    for (const child of Object.values(value)) freeze(child);
    Object.freeze(value);
  }
  return value;
}
