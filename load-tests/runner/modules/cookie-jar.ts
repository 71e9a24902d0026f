import { createJar, type Jar } from '../http/cookies.ts';
import type { UserState } from './user-state.ts';

/** `http.cookieJar()` and `new http.CookieJar()`: jars with the methods that scripts call. */
export function createJarFunctions(state: UserState) {
  return {
    cookieJar: () => scriptJar(state.jar),
    /** Called with `new`. */
    CookieJar: function CookieJar() {
      return scriptJar(createJar());
    },
  };
}

function scriptJar(jar: Jar) {
  return {
    ...jar,
    set(url: string, name: string, value: string, options: { domain?: string; path?: string } = {}) {
      const { hostname } = new URL(url);
      const { domain = hostname, path = '/' } = options;
      const rest = { expires: 0, secure: false, httpOnly: false, hostOnly: options.domain === undefined };
      jar.add([{ name, value, domain, path, ...rest }]);
    },
    cookiesForURL(url: string): Record<string, string[]> {
      const valuesByName: Record<string, string[]> = {};
      for (const { name, value } of jar.for(url)) (valuesByName[name] ??= []).push(value);
      return valuesByName;
    },
  };
}
