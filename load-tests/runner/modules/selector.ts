/**
 * Selects by the path of `response.json(path)`, as gjson reads it: `a.b`, `list.0.id`, `list.#` (its length),
 * `list.#.id` (of each item), `list.#(name=="x").id` (the first match), `list.#(n>1)#.id` (all matches),
 * `a\.b` (a dot in a name), `na*` (the first name that matches), `list.@reverse` (a modifier), `{a,b.c}` and
 * `[a,b.c]` (several at once).
 */
export function select(value: unknown, path: string): unknown {
  return follow(value, split(path));
}

function follow(value: unknown, [step, ...rest]: string[]): unknown {
  if (step === undefined) return value;
  if (step.startsWith('@')) return follow(modify(value, step), rest);
  if (/^\{.*\}$|^\[.*\]$/s.test(step)) return follow(selectSeveral(value, step), rest);
  if (value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value) && step.startsWith('#')) return followList(value, step, rest);
  const name = step.replace(/\\(.)/g, '$1');
  if (Object.hasOwn(value, name)) return follow((value as Record<string, unknown>)[name], rest);
  if (!/[*?]/.test(step)) return undefined;
  const pattern = new RegExp(
    `^${step
      .replace(/[\\^$+.()|[\]{}]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  const key = Object.keys(value).find((name) => pattern.test(name));
  return key === undefined ? undefined : follow((value as Record<string, unknown>)[key], rest);
}

/** The modifiers of gjson; undefined for another. */
function modify(value: unknown, modifier: string): unknown {
  const isObject = typeof value === 'object' && value !== null;
  switch (modifier) {
    case '@this':
    case '@valid':
      return value;
    case '@reverse':
      if (Array.isArray(value)) return value.toReversed();
      return isObject ? Object.fromEntries(Object.entries(value).toReversed()) : value;
    case '@keys':
      return isObject ? Object.keys(value) : [];
    case '@values':
      return isObject ? Object.values(value) : [value];
    case '@flatten':
      return Array.isArray(value) ? value.flat() : value;
    case '@join':
      return Array.isArray(value) ? (Object.assign({}, ...(value as object[])) as unknown) : value;
    default:
      return undefined;
  }
}

/** Several paths at once; in an object each has its last name, or a name of its own: `{"n":a.b}`. */
function selectSeveral(value: unknown, step: string): unknown {
  const parts = splitAt(step.slice(1, -1), /,/).filter((part) => part !== '');
  const isObject = typeof value === 'object' && value !== null;
  const selected = parts.flatMap((part) => {
    const [, name, path = part] = /^"([^"]*)":(.*)$/s.exec(part) ?? [];
    const item = isObject ? select(value, path) : undefined;
    return item === undefined ? [] : [[name ?? split(path).at(-1) ?? '', item] as const];
  });
  return step.startsWith('{') ? Object.fromEntries(selected) : selected.map(([, item]) => item);
}

function followList(list: unknown[], step: string, rest: string[]): unknown {
  const followEach = (items: unknown[]) =>
    rest.length === 0 ? items : items.map((item) => follow(item, rest)).filter((item) => item !== undefined);
  if (step === '#') return rest.length === 0 ? list.length : followEach(list);
  const query = /^#\((.*?)\s*(==|!=|<=|>=|<|>|%)\s*(.*?)\)(#?)$/.exec(step);
  if (!query) return undefined;
  const [, path = '', operator = '', literal = '', all] = query;
  const expected = /^(".*"|-?\d.*|true|false|null)$/.test(literal)
    ? (JSON.parse(literal) as unknown)
    : literal;
  const fits = (item: unknown) => compare(path === '' ? item : select(item, path), operator, expected);
  return all ? followEach(list.filter(fits)) : follow(list.find(fits), rest);
}

function compare(actual: unknown, operator: string, expected: unknown): boolean {
  if (operator === '==') return actual === expected;
  if (operator === '!=') return actual !== expected;
  if (operator === '%') {
    return new RegExp(`^${String(expected).replaceAll('*', '.*').replaceAll('?', '.')}$`).test(
      String(actual),
    );
  }
  if (typeof actual !== typeof expected) return false;
  const [a, b] = [actual as number, expected as number];
  return { '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b }[operator] ?? false;
}

const split = (path: string): string[] => splitAt(path, /[.|]/);

/** Splits, but not in brackets or behind a backslash. */
function splitAt(path: string, separator: RegExp): string[] {
  const steps = [''];
  let depth = 0;
  for (let index = 0; index < path.length; index += 1) {
    const char = path[index] ?? '';
    if (char === '\\') {
      steps[steps.length - 1] += char + (path[index + 1] ?? '');
      index += 1;
      continue;
    }
    if ('([{'.includes(char)) depth += 1;
    if (')]}'.includes(char)) depth -= 1;
    if (separator.test(char) && depth === 0) steps.push('');
    else steps[steps.length - 1] += char;
  }
  return steps;
}
