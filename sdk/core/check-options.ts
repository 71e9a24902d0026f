import { LIMITS } from '../contracts/limits.ts';
import { EcsArgumentError } from './errors.ts';
import { nameOf } from './json.ts';
import { LOG_LEVELS } from './log.ts';
import type { EcsClientOptions, WriteOptions } from './options.ts';
import { isPlainObject, requirePlainObject } from './plain-object.ts';

/** Returns the requirement that a value does not meet; null when it does. */
type Check = (value: unknown) => string | null;

export const ofType =
  (type: 'string' | 'function'): Check =>
  (value) =>
    typeof value === type ? null : `a ${type}`;
/** Not of a variable that is not set: nothing would be sent in its place. */
const isText: Check = (value) => (typeof value === 'string' && value !== '' ? null : 'a non-empty string');
/** NaN fits no range. */
const isNumber =
  (requirement: string, fits: (value: number) => boolean): Check =>
  (value) =>
    typeof value === 'number' && fits(value) ? null : requirement;
const isWhole = (value: number): boolean => Number.isInteger(value) || value === Infinity;
const isMs = isNumber('a number of milliseconds above 0', (ms) => ms > 0);
const isCount = isNumber('a whole number, 0 or more', (count) => count >= 0 && isWhole(count));
const isPosition = isNumber(
  'the position of a notification, or 0',
  (position) => position >= 0 && Number.isSafeInteger(position),
);
export const isCountOfSome = isNumber('a whole number, 1 or more', (count) => count > 0 && isWhole(count));
const isCountTo = (most: number): Check =>
  isNumber(`a whole number from 1 to ${most}`, (count) => count > 0 && count <= most && isWhole(count));
export const isSeconds = isNumber('a number of seconds, 0 or more', (seconds) => seconds >= 0);
export const isAmount = isNumber('a number of milliseconds, 0 or more', (ms) => ms >= 0);
const isObject: Check = (value) => (isPlainObject(value) ? null : 'a plain object');
export const isSignal: Check = (value) =>
  typeof (value as AbortSignal | null)?.addEventListener === 'function' ? null : 'an AbortSignal';
const isLogger: Check = (value) => {
  const logger = value as Record<string, unknown> | null;
  const isComplete = ['error', 'warn', 'info', 'debug'].every((name) => typeof logger?.[name] === 'function');
  return isComplete ? null : 'a logger with error, warn, info and debug';
};
const isLevel: Check = (value) =>
  LOG_LEVELS.some((level) => level === value) ? null : `one of ${LOG_LEVELS.join(', ')}`;

/** The options of every call. */
export const CALL_OPTIONS: Record<keyof WriteOptions, Check> = {
  signal: isSignal,
  timeoutMs: isMs,
  deadlineMs: isMs,
  maxRetries: isCount,
  headers: isObject,
  idempotencyKey: isText,
};

export const CLIENT_OPTIONS: Record<keyof EcsClientOptions, Check> = {
  baseUrl: ofType('string'),
  token: isText,
  tokenProvider: ofType('function'),
  clientId: isText,
  clientSecret: isText,
  privateKey: isObject,
  scope: isText,
  internalKey: isText,
  timeoutMs: isMs,
  deadlineMs: isMs,
  maxRetries: isCount,
  backoffMs: isAmount,
  responseBytesMax: isCountOfSome,
  headers: isObject,
  fetch: ofType('function'),
  logger: isLogger,
  logLevel: isLevel,
  onRequest: ofType('function'),
  onResponse: ofType('function'),
  onRetry: ofType('function'),
};

/** Returns the options of a call: those of every call, and some by name, which the API checks. */
export function optionsOf<Options extends object>(
  options: Options | undefined,
  ...names: (keyof Options & string)[]
): Options {
  const unchecked = Object.fromEntries(names.map((name) => [name, () => null]));
  return checkOptions(options, { ...unchecked, ...CALL_OPTIONS });
}

/** The options of a method that takes nothing but a signal. */
export const SIGNAL_OPTIONS = { signal: isSignal };

/** The options of a writer of events. */
export const WRITER_OPTIONS = {
  batchEventsMax: isCountTo(LIMITS.batchLinesMax),
  batchBytesMax: isCountTo(LIMITS.batchBytesMax),
  batchDelayMs: isAmount,
  bufferEventsMax: isCountOfSome,
  bufferBytesMax: isCountOfSome,
  giveUpMs: isAmount,
  signal: isSignal,
  onOutcome: ofType('function'),
  onState: ofType('function'),
};

/** The options of a subscription. */
export const SUBSCRIBE_OPTIONS = {
  after: isPosition,
  pollMs: isMs,
  signal: isSignal,
  onState: ofType('function'),
  onReset: ofType('function'),
};

/**
 * Returns the options, an empty object for none. Throws EcsArgumentError `unknown_option` for one that is not
 * in the table, `invalid_argument` for a value of another type.
 */
export function checkOptions<Options extends object>(
  options: Options | undefined,
  table: Readonly<Record<string, Check>>,
): Options {
  if (options === undefined) return {} as Options;
  requirePlainObject(options, 'options');
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!check) throw unknownOption(name, Object.keys(table));
    const requirement = value === undefined ? null : check(value);
    if (requirement === null) continue;
    throw new EcsArgumentError(`${name} must be ${requirement}, not ${nameOf(value)}`);
  }
  return options;
}

function unknownOption(name: string, names: string[]): EcsArgumentError {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  const written = plain(name);
  const meant =
    names.find((candidate) => plain(candidate) === written) ??
    names.find((candidate) => plain(candidate).startsWith(written) || written.startsWith(plain(candidate)));
  const advice = meant === undefined ? `there are ${names.join(', ')}` : `is it ${meant}?`;
  return new EcsArgumentError(`${JSON.stringify(name)} is no option: ${advice}`, 'unknown_option');
}
