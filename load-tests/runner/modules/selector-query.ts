/** A query of gjson's paths: `#(path op value)` of the first fitting item, with `#` behind it of all. */
interface Query {
  /** Of the item; empty where the item itself is compared. */
  path: string;
  /** Empty where the path only has to lead somewhere. */
  operator: string;
  value: string;
  isOfAll: boolean;
}

/** Longer operators first: `<=` begins like `<`. `=` and `==` are the same. */
const OPERATORS = ['==', '!=', '!%', '<=', '>=', '=', '<', '>', '%'];

/** Returns the query of a step; null where it is none. The older brackets `#[...]` are the same. */
export function parseQuery(step: string): Query | null {
  const [, inRound, inSquare, hash] = /^#(?:\((.*)\)|\[(.*)\])(#?)$/s.exec(step) ?? [];
  const text = inRound ?? inSquare;
  if (text === undefined) return null;
  const at = placeOfOperator(text);
  if (at === -1) return { path: text.trim(), operator: '', value: '', isOfAll: hash === '#' };
  const operator = OPERATORS.find((candidate) => text.startsWith(candidate, at)) ?? '';
  return {
    path: text.slice(0, at).trim(),
    operator: operator === '==' ? '=' : operator,
    value: unquoted(text.slice(at + operator.length).trim()),
    isOfAll: hash === '#',
  };
}

/** The first operator outside of brackets (of a query within the query) and of quotes. */
function placeOfOperator(text: string): number {
  let depth = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] ?? '';
    if (char === '\\') index += 1;
    else if (char === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
    else if (depth === 0 && OPERATORS.some((operator) => text.startsWith(operator, index))) return index;
  }
  return -1;
}

function unquoted(text: string): string {
  if (!/^".*"$/s.test(text)) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.slice(1, -1);
  }
}

/** Returns whether a value fits, compared as its own type; undefined is a missing value. */
export function queryFits({ operator, value: expected }: Query, actual: unknown): boolean {
  if (expected.startsWith('~')) return tildeFits(operator, expected.slice(1), actual);
  if (actual === undefined) return false;
  if (operator === '') return true;
  if (typeof actual === 'string') return textCompares(actual, operator, expected);
  if (typeof actual === 'number') return compares(actual, operator, Number(expected) || 0);
  if (typeof actual !== 'boolean') return false;
  if (operator === '=' || operator === '!=') return (String(actual) === expected) === (operator === '=');
  if (operator.startsWith(actual ? '>' : '<')) return operator.endsWith('=') || expected === String(!actual);
  return false;
}

/** `~true`, `~false` and `~null` take other values for these; `~*` takes every value. */
function tildeFits(operator: string, kind: string, actual: unknown): boolean {
  const word = typeof actual === 'string' ? actual.toLowerCase() : actual;
  const isTrue = word === true || word === '1' || word === 't' || word === 'true';
  const isFalse = word === false || word === '0' || word === 'f' || word === 'false';
  const isNull = actual === undefined || actual === null;
  const isNumber = typeof actual === 'number';
  const kinds: Record<string, boolean> = {
    true: isTrue || (isNumber && actual !== 0),
    false: isFalse || isNull || actual === 0,
    null: isNull,
    '*': actual !== undefined,
  };
  const isOfKind = kinds[kind];
  return isOfKind !== undefined && (operator === '=' ? isOfKind : operator === '!=' && !isOfKind);
}

function textCompares(actual: string, operator: string, expected: string): boolean {
  if (operator === '%' || operator === '!%') return textFits(actual, expected) === (operator === '%');
  return compares(actual, operator, expected);
}

function compares<T extends string | number>(actual: T, operator: string, expected: T): boolean {
  switch (operator) {
    case '=':
      return actual === expected;
    case '!=':
      return actual !== expected;
    case '<':
      return actual < expected;
    case '<=':
      return actual <= expected;
    case '>':
      return actual > expected;
    case '>=':
      return actual >= expected;
    default:
      return false;
  }
}

/** Whether a text fits a pattern: `*` is any text, `?` one character, a backslash takes the next as it is. */
export function textFits(text: string, pattern: string): boolean {
  const source = pattern.replaceAll(
    /\\(.)|([*?])|([^*?\\])/gs,
    (_, escaped: string, wild: string, char: string) => {
      if (wild) return wild === '*' ? '.*' : '.';
      return (escaped ?? char).replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
    },
  );
  return new RegExp(`^${source}$`, 's').test(text);
}
