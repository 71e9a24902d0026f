import { modify } from './selector-modifiers.ts';
import { parseQuery, queryFits, textFits } from './selector-query.ts';

/**
 * Selects by the path of `response.json(path)`, as gjson reads it: `a.b`, `list.0.id`, `list.#` (its length),
 * `list.#.id` (of each item), `list.#(name=="x").id` (the first match), `list.#(n>1)#.id` (all matches),
 * `list.#(n>1)#|0` (of the list of matches, where a dot is of each of them), `a\.b` (a dot in a name), `na*`
 * (the first name that matches), `list.@reverse` (a modifier), `{a,b.c}` and `[a,b.c]` (several at once).
 */
export function select(value: unknown, path: string): unknown {
  // A JSON document is one line of itself.
  if (path.startsWith('..')) return follow([value], split(path.slice(2)));
  return follow(value, split(path));
}

interface Step {
  text: string;
  /** Whether a `|` stands before it, and not a dot. */
  isPiped: boolean;
}

function follow(value: unknown, steps: Step[]): unknown {
  const [step, ...rest] = steps;
  if (step === undefined || value === undefined) return value;
  const { text } = step;
  if (text.startsWith('@')) return followModifier(value, steps);
  if (/^\{.*\}$|^\[.*\]$/s.test(text)) return follow(selectSeveral(value, text), rest);
  if (value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value)) {
    if (text.startsWith('#')) return followList(value, text, rest);
    return /^\d+$/.test(text) && Number(text) < value.length ? follow(value[Number(text)], rest) : undefined;
  }
  const key = keyOf(value, text);
  return key === undefined ? undefined : follow((value as Record<string, unknown>)[key], rest);
}

function keyOf(value: object, text: string): string | undefined {
  const isWild = /[*?]/.test(text.replaceAll(/\\./gs, ''));
  if (isWild) return Object.keys(value).find((name) => textFits(name, text));
  const name = text.replaceAll(/\\(.)/gs, '$1');
  return Object.hasOwn(value, name) ? name : undefined;
}

/** An argument that is no JSON goes on to the next `|`: `@dig:a.b`. */
function followModifier(value: unknown, [step, ...rest]: Step[]): unknown {
  const [, name = '', argument] = /^@(\w+)(?::(.*))?$/s.exec(step?.text ?? '') ?? [];
  if (argument === undefined || /^[{["(]/.test(argument)) {
    return follow(modify(value, name, argument ?? '', select), rest);
  }
  const [ofArgument, piped] = splitAtPipe(rest);
  const text = [argument, ...ofArgument.map((part) => part.text)].join('.');
  return follow(modify(value, name, text, select), piped);
}

/** Several paths at once; in an object each has its last name, or a name before a colon: `{"n":a.b}`. */
function selectSeveral(value: unknown, text: string): unknown {
  const selected = splitAt(text.slice(1, -1), /,/).flatMap(({ text: part }) => {
    const [, quoted, plain, path = part] = /^(?:"([^"]*)"|((?:(?![.|]@)[^:"])*)):(.*)$/s.exec(part) ?? [];
    const item = path === '' ? undefined : select(value, path);
    return item === undefined ? [] : [[quoted ?? plain ?? lastNameOf(path), item] as const];
  });
  return text.startsWith('{') ? Object.fromEntries(selected) : selected.map(([, item]) => item);
}

function lastNameOf(path: string): string {
  const name = split(path).at(-1)?.text ?? '';
  return name === '' || /[[\]{}()#|!]/.test(name) ? '_' : name;
}

/** Steps after a dot are of each item of a list, those from a `|` on of the resulting list. */
function followList(list: unknown[], text: string, rest: Step[]): unknown {
  const [ofEach, ofList] = splitAtPipe(rest);
  const followEach = (items: unknown[]) =>
    follow(
      ofEach.length === 0
        ? items
        : items.map((item) => follow(item, ofEach)).filter((item) => item !== undefined),
      ofList,
    );
  if (text === '#') return ofEach.length === 0 ? follow(list.length, ofList) : followEach(list);
  const query = parseQuery(text);
  if (!query) return undefined;
  const fits = (item: unknown) => queryFits(query, query.path === '' ? item : select(item, query.path));
  return query.isOfAll ? followEach(list.filter(fits)) : follow(list.find(fits), rest);
}

/** Returns the steps before the first `|`, and those from it on. */
function splitAtPipe(steps: Step[]): [Step[], Step[]] {
  const pipe = steps.findIndex(({ isPiped }) => isPiped);
  return pipe === -1 ? [steps, []] : [steps.slice(0, pipe), steps.slice(pipe)];
}

const split = (path: string): Step[] => splitAt(path, /[.|]/);

/** Splits, but not in brackets or behind a backslash. */
function splitAt(path: string, separator: RegExp): Step[] {
  const steps: Step[] = [{ text: '', isPiped: false }];
  let depth = 0;
  let isQuoted = false;
  for (let index = 0; index < path.length; index += 1) {
    const char = path[index] ?? '';
    const step = steps.at(-1) as Step;
    if (char === '\\') {
      step.text += char + (path[index + 1] ?? '');
      index += 1;
      continue;
    }
    if (char === '"' && depth > 0) isQuoted = !isQuoted;
    if (!isQuoted && '([{'.includes(char)) depth += 1;
    if (!isQuoted && ')]}'.includes(char)) depth -= 1;
    if (separator.test(char) && depth === 0) steps.push({ text: '', isPiped: char === '|' });
    else step.text += char;
  }
  return steps;
}
