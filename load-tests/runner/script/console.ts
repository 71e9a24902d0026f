import type { Host } from '../modules/user-state.ts';

/** The `console` of a user: as k6 writes values, JSON but for functions, errors, rings and bytes. */
export function createConsole(host: Pick<Host, 'log'>) {
  const logAt = (level: Parameters<Host['log']>[0]) => {
    return (...values: unknown[]) => host.log(level, values.map(textOf).join(' '));
  };
  const error = logAt('error');
  return {
    log: logAt('info'),
    info: logAt('info'),
    warn: logAt('warning'),
    error,
    debug: logAt('debug'),
    assert(condition: unknown, ...values: unknown[]) {
      if (condition) return;
      const [first, ...rest] = values;
      if (typeof first === 'string') error(`Assertion failed: ${first}`, ...rest);
      else error('Assertion failed', ...values);
    },
  };
}

const FUNCTION = '[object Function]';

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'function') return FUNCTION;
  if (value instanceof Error) return String(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof ArrayBuffer) return bytesText(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return listText(value as Uint8Array);
  try {
    return JSON.stringify(value, createReplacer());
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** Keeps functions and rings, which JSON cannot have, as words. */
function createReplacer() {
  const path: unknown[] = [];
  return function replace(this: unknown, _: string, value: unknown): unknown {
    if (typeof value === 'function') return FUNCTION;
    if (typeof value === 'bigint') return String(value);
    if (value instanceof Error) return String(value);
    if (typeof value !== 'object' || value === null) return value;
    while (path.length > 0 && path.at(-1) !== this) path.pop();
    if (path.includes(value)) return '[Circular]';
    path.push(value);
    return value;
  };
}

function bytesText(buffer: ArrayBuffer): string {
  const bytes = Buffer.from(buffer)
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');
  return `ArrayBuffer { [Uint8Contents]: <${bytes}>, byteLength: ${buffer.byteLength} }`;
}

const listText = (list: Uint8Array) => `${list.constructor.name}(${list.length}) [ ${[...list].join(', ')} ]`;
