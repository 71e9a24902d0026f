/** Names of headers, fields and parameters with values that no log may have. */
const SECRET_NAME =
  /auth|cookie|key|token|secret|pass|pwd|jwt|mail|ticket|session|signature|credential|assertion/i;
/** A name, where one of a secret may be: texts of a server are of any length, so each is looked at once. */
const NAME = /[\w.-]+/g;
/**
 * A value after a name: JSON, also inside of JSON, a header, or a form; of a list or an object the rest of
 * the line is hidden.
 */
const VALUE = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\+"[^"]*"|[[{].*|[^\s,;&}]+`;
const AFTER_NAME = new RegExp(String.raw`(\\*["']?\s*(?:[=:]|%3d|%3a)\s*)(?:${VALUE})`, 'iy');
const COOKIES = /(\b(?:set-)?cookie\s*:\s*).+/gi;
const HIDDEN = '***';
const DEPTH_MAX = 6;

/** Returns a copy for a log: without credentials, keys, cookies, passwords and e-mail addresses. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? HIDDEN : value;
  if (depth >= DEPTH_MAX) return HIDDEN;
  if (value instanceof Error) return redactText(`${value.name}: ${value.message}`);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  const entries = value instanceof Headers ? [...value] : Object.entries(value);
  return Object.fromEntries(
    entries.map(([name, content]) => [
      redactText(name),
      SECRET_NAME.test(name) && content !== undefined ? HIDDEN : redact(content, depth + 1),
    ]),
  );
}

export function redactText(text: string): string {
  const withoutWords = text
    .replace(/\b(Bearer|Basic)\s+[^\s,;"']+/gi, `$1 ${HIDDEN}`)
    .replace(NAME, hideToken)
    .replace(/[^\s"<>]+/g, (word) => (/^https?:\/\//i.test(word) ? redactUrl(word) : redactWord(word)))
    .replace(COOKIES, `$1${HIDDEN}`);
  return hidePairs(withoutWords);
}

/** Hides from a `eyJ` on, which begins each JSON Web Token, where a dot comes after it. */
function hideToken(word: string): string {
  const start = word.search(/\beyJ/);
  return start !== -1 && start < word.lastIndexOf('.') ? word.slice(0, start) + HIDDEN : word;
}

/** Hides the values of names of secrets. */
function hidePairs(text: string): string {
  let shown = '';
  let end = 0;
  for (const { 0: name, index } of text.matchAll(NAME)) {
    if (index < end || !SECRET_NAME.test(name)) continue;
    AFTER_NAME.lastIndex = index + name.length;
    const [pair, separator = ''] = AFTER_NAME.exec(text) ?? [];
    if (pair === undefined) continue;
    shown += text.slice(end, index + name.length) + separator + HIDDEN;
    end = index + name.length + pair.length;
  }
  return shown + text.slice(end);
}

/** Returns an address without user, e-mail addresses, and parameters with secret names. */
export function redactUrl(url: string): string {
  const [place = '', ...queries] = url.split('?');
  const shown = place.replace(/[^/]+/g, redactWord);
  if (queries.length === 0) return shown;
  const parameters = queries
    .join('?')
    .split('&')
    .map((parameter) => {
      const [name = ''] = parameter.split('=');
      const isSecret = SECRET_NAME.test(decode(name));
      return isSecret ? `${redactWord(name)}=${HIDDEN}` : redactWord(parameter);
    });
  return `${shown}?${parameters.join('&')}`;
}

/** A run without spaces that has an `@` is taken for an e-mail address, plain or encoded. */
const redactWord = (word: string): string => (/@|%40/.test(word) ? HIDDEN : word);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
