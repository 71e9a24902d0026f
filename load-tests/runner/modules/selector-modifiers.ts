type Select = (value: unknown, path: string) => unknown;

/** Applies a modifier of gjson, `@name:argument`; undefined for another, and for a value of no use to it. */
export function modify(value: unknown, name: string, argument: string, select: Select): unknown {
  const isObject = typeof value === 'object' && value !== null;
  switch (name) {
    case 'this':
    case 'valid':
    // How a document is written does not show in its value.
    case 'ugly':
    case 'pretty':
      return value;
    case 'reverse':
      if (Array.isArray(value)) return value.toReversed();
      return isObject ? Object.fromEntries(Object.entries(value).toReversed()) : value;
    case 'keys':
      return isObject ? Object.keys(value) : [];
    case 'values':
      return isObject ? Object.values(value) : [value];
    case 'flatten':
      return Array.isArray(value) ? value.flat(isSet(argument, 'deep') ? Infinity : 1) : value;
    case 'join':
      return Array.isArray(value) ? (Object.assign({}, ...(value as object[])) as unknown) : value;
    case 'tostr':
      return JSON.stringify(value);
    case 'fromstr':
      return typeof value === 'string' ? parsed(value) : undefined;
    case 'group':
      return isObject ? grouped(value) : undefined;
    case 'dig':
      return dig(value, argument, select);
    default:
      return undefined;
  }
}

function isSet(argument: string, name: string): boolean {
  const fields = parsed(argument);
  return typeof fields === 'object' && (fields as Record<string, unknown> | null)?.[name] === true;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Lists by name become objects by place: `{"id":[1,2]}` is `[{"id":1},{"id":2}]`. */
function grouped(value: object): object[] {
  const groups: Record<string, unknown>[] = [];
  for (const [name, list] of Object.entries(value)) {
    if (!Array.isArray(list)) continue;
    list.forEach((item, index) => ((groups[index] ??= {})[name] = item));
  }
  return groups;
}

/** Everything at a path of the value, or of any value within it. */
function dig(value: unknown, path: string, select: Select): unknown[] {
  const item = select(value, path);
  const items = item === undefined ? [] : [item];
  if (typeof value !== 'object' || value === null) return items;
  return [...items, ...Object.values(value).flatMap((inner) => dig(inner, path, select))];
}
