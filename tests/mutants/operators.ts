/** A comparison is moved by its edge alone: both branches are forced by other mutants. */
export const SWAPPED_OPERATORS: Record<string, string> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '&&': '||',
  '||': '&&',
  '??': '&&',
};

/** An empty name removes the call. */
export const SWAPPED_METHODS = new Map(
  Object.entries({
    every: 'some',
    some: 'every',
    min: 'max',
    max: 'min',
    floor: 'ceil',
    ceil: 'floor',
    startsWith: 'endsWith',
    endsWith: 'startsWith',
    filter: '',
    sort: '',
    toSorted: '',
    toReversed: '',
    slice: '',
    trim: '',
    toLowerCase: '',
  }),
);

/** Parts of a statement in SQL, of a policy's rule or of its terms, with their replacements. */
export const SWAPPED_WORDS: [pattern: RegExp, replacement: string][] = [
  [/(?<= )<=(?= )/g, '<'],
  [/(?<= )<(?= )/g, '<='],
  [/(?<= )>=(?= )/g, '>'],
  [/(?<= )>(?= )/g, '>='],
  [/(?<= )<>(?= )/g, '='],
  [/\band\b/g, 'or'],
  [/\bor\b/g, 'and'],
  [/(?<= )\+(?= )/g, '-'],
  [/(?<= )-(?= )/g, '+'],
  [/(?<= )(?<!\bselect )\*(?= )/g, '/'],
  [/\bnot exists\b/g, 'exists'],
  [/\bis null\b/g, 'is not null'],
  [/\bis not null\b/g, 'is null'],
  [/\bleast\(/g, 'greatest('],
  [/\bgreatest\(/g, 'least('],
  [/\bmin\(/g, 'max('],
  [/\bmax\(/g, 'min('],
  [/\bdesc\b/g, 'asc'],
  [/\bcoalesce\(/g, 'nullif('],
];
