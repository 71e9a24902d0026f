import type { ProblemDetail } from './problem.ts';
import { isRoundedToCents, NOT_WHOLE_CENTS } from './whole-cents.ts';

/**
 * Returns the faults of a parsed JSON text that no schema sees: more than 64 levels, amounts that were
 * rounded to cents when they were parsed, or the first twenty keys that stand twice in one object, of which
 * another parser, before us, may have read the other one.
 */
export function faultsOfStructure(text: string, value: unknown): ProblemDetail[] {
  const count = countProperties(value, LEVELS_MAX);
  if (Number.isNaN(count)) return [{ path: '/', message: `is nested deeper than ${LEVELS_MAX} levels` }];
  const rounded = mayHaveRoundedAmount(text) ? findRoundedAmounts(text) : [];
  if (rounded.length > 0) return faultsAt(rounded, NOT_WHOLE_CENTS);
  if (countKeys(text) === count) return [];
  return faultsAt(findDuplicateKeys(text), 'stands twice');
}

const faultsAt = (places: string[], message: string): ProblemDetail[] =>
  places.map((place) => ({ path: place.slice(0, PATH_LENGTH_MAX), message }));

const AMOUNT = /"amount"\s*:\s*(\d[\d.eE+-]*)/g;
const AMOUNT_AFTER_KEY = /\s*:\s*(\d[\d.eE+-]*)/y;

/** Looks at each: the events of a batch that came as an array stand in one text. */
function mayHaveRoundedAmount(text: string): boolean {
  const searched = text.includes('\\u00') ? withLetters(text) : text;
  AMOUNT.lastIndex = 0;
  for (let match = AMOUNT.exec(searched); match; match = AMOUNT.exec(searched)) {
    if (isRoundedToCents(match[1] ?? '')) return true;
  }
  return false;
}

/** The text with ASCII letters in place of their escapes, which a name may be written in. */
const withLetters = (text: string) =>
  text.replace(/\\u00([46][1-9a-f]|[57][0-9a])/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );

/** To write a value of 40,000 levels as JSON overflows the stack, after most of a second. */
const LEVELS_MAX = 64;
const FAULTS_MAX = 20;
const PATH_LENGTH_MAX = 200;

const BACKSLASH = 0x5c;
const COLON = 0x3a;
const SPACE = 0x20;

/** Counts them for each event that comes, so it goes from quote to quote: 0.3 µs with its value. */
function countKeys(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at !== -1; ) {
    const { end, isKey } = readString(text, at);
    if (isKey) count += 1;
    at = text.indexOf('"', end);
  }
  return count;
}

/** Returns NaN for a value of more levels. */
function countProperties(value: unknown, levelsMax: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (levelsMax === 0) return Number.NaN;
  const inner: unknown[] = Object.values(value);
  let count = Array.isArray(value) ? 0 : inner.length;
  for (const item of inner) count += countProperties(item, levelsMax - 1);
  return count;
}

/**
 * Returns the keys that stand twice in one object of a valid JSON text, as JSON pointers, the first twenty.
 * JSON.parse takes the last of them in silence, while a reader may have read the first.
 */
export function findDuplicateKeys(text: string): string[] {
  return findKeys(text, ({ isRepeated }) => isRepeated);
}

function findRoundedAmounts(text: string): string[] {
  return findKeys(text, ({ key, end }) => {
    AMOUNT_AFTER_KEY.lastIndex = end;
    return key === 'amount' && isRoundedToCents(AMOUNT_AFTER_KEY.exec(text)?.[1] ?? '');
  });
}

/** A key of a JSON text, where it ends, and whether it stood in its object before. */
interface FoundKey {
  key: string;
  end: number;
  isRepeated: boolean;
}

/** Returns the places of the keys that are wanted, as JSON pointers, the first twenty. */
function findKeys(text: string, isWanted: (key: FoundKey) => boolean): string[] {
  const places: string[] = [];
  const open: { keys: Set<string> | null; key: string | number }[] = [];
  for (const { token, end, isKey } of tokensOf(text)) {
    if (places.length === FAULTS_MAX) break;
    const place = open.at(-1);
    if (token === '{' || token === '[') {
      open.push(token === '{' ? { keys: new Set(), key: '' } : { keys: null, key: 0 });
    } else if (token === '}' || token === ']') open.pop();
    else if (token === ',' && typeof place?.key === 'number') place.key += 1;
    else if (isKey && place?.keys) {
      const key = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
      place.key = key;
      if (isWanted({ key, end, isRepeated: place.keys.has(key) }))
        places.push(pointerOf(open.map((outer) => outer.key)));
      place.keys.add(key);
    }
  }
  return places;
}

function pointerOf(keys: (string | number)[]): string {
  return keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Brackets, commas and strings, each with its end and whether it is a key. */
function* tokensOf(text: string): Generator<{ token: string; end: number; isKey: boolean }> {
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') {
      const { end, isKey } = readString(text, at);
      yield { token: text.slice(at, end), end, isKey };
      at = end - 1;
    } else if ('{}[],'.includes(character)) yield { token: character, end: at + 1, isKey: false };
  }
}

/** Returns the end of the string that begins at a quote, and whether it is a key: a string before a colon. */
function readString(text: string, start: number): { end: number; isKey: boolean } {
  let at = text.indexOf('"', start + 1);
  while (isEscaped(text, at)) at = text.indexOf('"', at + 1);
  const end = at + 1;
  do at += 1;
  while (text.charCodeAt(at) <= SPACE);
  return { end, isKey: text.charCodeAt(at) === COLON };
}

/** Whether an odd number of backslashes stands before a quote. */
function isEscaped(text: string, quote: number): boolean {
  let at = quote;
  while (text.charCodeAt(at - 1) === BACKSLASH) at -= 1;
  return (quote - at) % 2 === 1;
}
