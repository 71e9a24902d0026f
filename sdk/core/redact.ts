/** Names of headers, fields and parameters with values that no log may have. */
const SECRET_NAME =
  /auth|cookie|key|token|secret|pass|pwd|jwt|mail|ticket|session|signature|credential|assertion/i;
/** JSON, also inside of JSON, a header, or a form; of a list or an object the rest of the line is hidden. */
const VALUE = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\+"[^"]*"|[[{].*|[^\s,;&}]+`;
/** Every repetition is bounded: a text of a server must not take time by the square of its length. */
const PAIR = new RegExp(
  String.raw`((?:${SECRET_NAME.source})[\w.-]{0,99}\\*["']?\s*(?:[=:]|%3[da])\s*)(?:${VALUE})`,
  'gi',
);
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
  return text
    .replace(/\b(Bearer|Basic)\s+[^\s,;"']+/gi, `$1 ${HIDDEN}`)
    .replace(/\beyJ[\w-]{1,999}\.[\w-]+(\.[\w-]*)?/g, HIDDEN)
    .replace(/[^\s"<>]+/g, (word) => (/^https?:\/\//i.test(word) ? redactUrl(word) : redactWord(word)))
    .replace(COOKIES, `$1${HIDDEN}`)
    .replace(PAIR, `$1${HIDDEN}`);
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
