import { createJar, defaultPath, type Jar } from '../http/cookies.ts';
import { EXIT } from '../protocol/endings.ts';
import type { Cookie } from '../protocol/requests.ts';
import { createSlipCheck } from './slips.ts';
import type { UserState } from './user-state.ts';

/** `http.cookieJar()` and `new http.CookieJar()`: jars with the methods that scripts call. */
export function createJarFunctions(state: UserState) {
  return {
    cookieJar: () => scriptJar(state, state.jar),
    /** Called with `new`. */
    CookieJar: function CookieJar() {
      return scriptJar(state, createJar());
    },
  };
}

interface CookieOptions {
  domain?: string;
  path?: string;
  expires?: string;
  max_age?: number;
  secure?: boolean;
  http_only?: boolean;
}

const slipInOptions = createSlipCheck(
  'the options of a cookie',
  'domain path expires max_age secure http_only'.split(' '),
);

function scriptJar({ host }: UserState, jar: Jar) {
  return {
    all: () => jar.all(),
    add: (cookies: Cookie[]) => jar.add(cookies),
    for: (url: string) => jar.for(url),
    remove: (url: string, name?: string) => jar.remove(url, name),
    set(url: string, name: string, value: unknown, optionsOrNull?: object | null): boolean {
      const { hostname, pathname } = new URL(url);
      const options = readOptions(optionsOrNull ?? {});
      const reason = slipInOptions(options);
      if (reason !== undefined) host.leave({ kind: 'aborted', reason, exitCode: EXIT.config });
      const domain = options.domain?.replace(/^\./, '').toLowerCase() || hostname;
      // A cookie of another host's domain would never be sent.
      if (hostname !== domain && !hostname.endsWith(`.${domain}`)) return true;
      const {
        secure = false,
        http_only: httpOnly = false,
        max_age: maxAge = 0,
        path: sentPath = '',
      } = options;
      const path = sentPath.startsWith('/') ? sentPath : defaultPath(pathname);
      const rest = { secure, httpOnly, hostOnly: !options.domain, sentPath, maxAge };
      jar.add([{ name, value: String(value), domain, path, expires: expiryOf(options), ...rest }]);
      return true;
    },
    cookiesForURL(url: string): Record<string, string[]> {
      const valuesByName: Record<string, string[]> = {};
      for (const { name, value } of jar.for(url)) (valuesByName[name] ??= []).push(value);
      return valuesByName;
    },
    clear: (url: string) => jar.remove(url),
    delete: (url: string, name: string) => jar.remove(url, name),
  };
}

/** Their names are in any case. */
const readOptions = (options: object): CookieOptions =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [name.toLowerCase(), value]));

/** Unix ms; 0 for the end of the session. Throws for a date that cannot be read. */
function expiryOf({ expires, max_age: maxAge }: CookieOptions): number {
  if (maxAge) return maxAge < 0 ? 1 : Date.now() + maxAge * 1000;
  if (!expires) return 0;
  const at = Date.parse(expires);
  if (Number.isNaN(at)) throw new Error(`unable to parse the expires option "${expires}" of a cookie`);
  return Math.max(1, at);
}
