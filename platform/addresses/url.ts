import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';

/** An engine's URL in its parts, decoded. Each engine's file says which of them it takes. */
export interface EngineUrl {
  scheme: string;
  /** Null without `@`. */
  username: string | null;
  /** Null without `:` behind the user. */
  password: string | null;
  /** Without brackets. */
  hosts: { host: string; port: number }[];
  /** Without the slash before it. */
  path: string;
  words: ReadonlyMap<string, string>;
}

/**
 * Reads `scheme://user:password@host:port,host:port/path?word=value`, or whole URLs with commas between them.
 * Throws a sentence that follows the name of a variable. It never shows the URL, which may hold a password.
 */
export function parseEngineUrl(
  text: string,
  options: { schemes: string[]; defaultPort: number; mayOmitHost?: boolean },
): EngineUrl {
  const urls = text
    .split(/\s*,\s*(?=[a-z][a-z\d+.-]*:\/\/)/i)
    .map((url) => parseOne(url, options.schemes, options.defaultPort));
  const [first] = urls;
  if (!first) throw new Error('is empty');
  if (urls.some(({ scheme }) => scheme !== first.scheme)) throw new Error('mixes schemes in one list');
  const credentials = single(urls, 'user and password', ({ username, password }) =>
    username === null ? undefined : { username, password },
  );
  const words = Object.assign({}, ...urls.map((url) => Object.fromEntries(url.words)));
  if (Object.keys(words).length < urls.reduce((count, url) => count + url.words.size, 0))
    throw new Error('has the same query word in two URLs of its list');
  const hosts = urls.flatMap((url) => url.hosts);
  if (hosts.length === 0 && !options.mayOmitHost) throw new Error('has no host');
  return {
    scheme: first.scheme,
    username: credentials?.username ?? null,
    password: credentials?.password ?? null,
    hosts,
    path: single(urls, 'path', ({ path }) => path || undefined) ?? '',
    words: new Map(Object.entries(words)),
  };
}

/**
 * Reads the query words by their readers, which throw a condition like `must be a number`. Throws for a word
 * that has no reader: a word that is ignored is a promise that is not kept.
 */
export function readWords<Spec extends Record<string, (text: string) => unknown>>(
  words: ReadonlyMap<string, string>,
  spec: Spec,
): { [Word in keyof Spec]?: ReturnType<Spec[Word]> } {
  const values: Record<string, unknown> = {};
  for (const [word, text] of words) {
    const reader = Object.hasOwn(spec, word) ? spec[word] : undefined;
    if (!reader) {
      const supported = Object.keys(spec).join(', ') || 'none';
      throw new Error(
        `has the query word ${printable(word)}, which is not supported; supported: ${supported}`,
      );
    }
    try {
      values[word] = reader(text);
    } catch (error) {
      const condition = error instanceof Error ? error.message : String(error);
      throw new Error(`has ${word}, which ${condition}`, { cause: error });
    }
  }
  return values as { [Word in keyof Spec]?: ReturnType<Spec[Word]> };
}

export const oneWordOf =
  <Value extends string>(...values: Value[]) =>
  (text: string): Value => {
    if (values.includes(text as Value)) return text as Value;
    throw new Error(`must be ${values.join(' or ')}`);
  };

export const numberFrom =
  (minimum: number, maximum: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new Error(`must be a whole number from ${minimum} to ${maximum}`);
  };

export const anyText = (text: string): string => {
  if (text !== '') return text;
  throw new Error('must not be empty');
};

/** The contents of a file that a word names, so that a wrong name is said at start. */
export const fileContents = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code ?? 'unknown';
    throw new Error(`names the file ${printable(path)}, which cannot be read (${why})`, { cause: error });
  }
};

/** A host as it stands in a URL. */
export function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

export type ReadFile = () => string;

/** A file that a word names and that may be renewed, read once so that a wrong name is said at start. */
export const namedFile = (path: string): ReadFile => {
  fileContents(path);
  return () => fileContents(path);
};

function parseOne(url: string, schemes: string[], defaultPort: number): EngineUrl {
  const [, written = '', authority = '', path = '', , query = '', fragment] =
    /^([a-z][a-z\d+.-]*):\/\/([^/?#]*)(\/[^?#]*)?(\?([^#]*))?(#.*)?$/i.exec(url) ?? [];
  const scheme = written.toLowerCase();
  if (!schemes.includes(scheme))
    throw new Error(`must be a URL that starts with ${schemes.map((prefix) => `${prefix}://`).join(' or ')}`);
  if (fragment !== undefined) throw new Error('has a #, which must be written as %23');
  const at = authority.lastIndexOf('@');
  const userinfo = at < 0 ? null : authority.slice(0, at);
  const colon = userinfo?.indexOf(':') ?? -1;
  const hosts = authority.slice(at + 1);
  return {
    scheme,
    username: userinfo === null ? null : decode(colon < 0 ? userinfo : userinfo.slice(0, colon)),
    password: userinfo === null || colon < 0 ? null : decode(userinfo.slice(colon + 1)),
    hosts: hosts === '' ? [] : hosts.split(',').map((host) => parseHost(host.trim(), defaultPort)),
    path: decode(path.slice(1)),
    words: parseWords(query),
  };
}

/** `host`, `host:port`, `[::1]`, `[::1]:port`, or the folder of a socket as `%2Fvar%2Frun`. */
export function parseHost(text: string, defaultPort: number): { host: string; port: number } {
  const [, address, name, digits] = /^(?:\[([^\]]+)\]|([^[\]:]*))(?::(\d*))?$/.exec(text) ?? [];
  const host = address ?? decode(name ?? '');
  const port = digits ? Number(digits) : defaultPort;
  const isHost = address === undefined ? /^([\w.-]+|\/[^\0]+)$/.test(host) : isIPv6(host);
  if (!isHost) throw new Error('has a host that is none, or a user or password with characters to encode');
  if (port < 1 || port > 65_535) throw new Error('has a port that is not from 1 to 65535');
  return { host, port };
}

function parseWords(query: string): Map<string, string> {
  const words = new Map<string, string>();
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const equals = pair.indexOf('=');
    const word = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (words.has(word)) throw new Error(`has the query word ${printable(word)} twice`);
    words.set(word, equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return words;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('has a % that is not followed by two hexadecimal digits; a % itself is written %25');
  }
}

/** The one value that some URLs of a list have; throws when two differ. */
function single<T>(
  urls: EngineUrl[],
  name: string,
  valueOf: (url: EngineUrl) => T | undefined,
): T | undefined {
  const values = urls.map(valueOf).filter((value) => value !== undefined);
  if (values.some((value) => JSON.stringify(value) !== JSON.stringify(values[0])))
    throw new Error(`has another ${name} in each URL of its list`);
  return values[0];
}

/** Renders a word or file name for an error; any other text may be the rest of a password and is hidden. */
function printable(text: string): string {
  return /^[\w./-]{1,100}$/.test(text) ? JSON.stringify(text) : '(not shown)';
}
