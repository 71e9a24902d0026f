/**
 * Returns the keys that stand twice in one object of a valid JSON text, as JSON pointers. JSON.parse takes
 * the last of them in silence, while a reader may have read the first.
 */
export function findDuplicateKeys(text: string): string[] {
  const duplicates: string[] = [];
  const open: { keys: Set<string> | null; key: string | number }[] = [];
  for (const [token, isKey] of tokensOf(text)) {
    const place = open.at(-1);
    if (token === '{' || token === '[') {
      open.push(token === '{' ? { keys: new Set(), key: '' } : { keys: null, key: 0 });
    } else if (token === '}' || token === ']') open.pop();
    else if (token === ',' && typeof place?.key === 'number') place.key += 1;
    else if (isKey && place?.keys) {
      place.key = (JSON.parse(token) as string).replaceAll('~', '~0').replaceAll('/', '~1');
      if (place.keys.has(place.key)) duplicates.push(`/${open.map(({ key }) => key).join('/')}`);
      place.keys.add(place.key);
    }
  }
  return duplicates;
}

/** Brackets, commas and strings, each with whether it is a key: a string before a colon. */
function* tokensOf(text: string): Generator<[token: string, isKey: boolean]> {
  for (const [, token = '', colon] of text.matchAll(/("(?:[^"\\]|\\.)*"|[{}[\],])(\s*:)?/g)) {
    yield [token, colon !== undefined];
  }
}
