import type { Cookie } from '../protocol/protocol.ts';

/** The cookies of one virtual user, by RFC 6265 as far as a load test meets it. */
export interface Jar {
  all(): Cookie[];
  add(cookies: Cookie[]): void;
  /** Those that a request to this address carries. */
  for(url: string): Cookie[];
  clear(): void;
}

export function createJar(initial: Cookie[] = []): Jar {
  const cookies = new Map<string, Cookie>();
  const jar: Jar = {
    all: () => [...cookies.values()],
    add(list) {
      for (const cookie of list) {
        const key = `${cookie.domain};${cookie.path};${cookie.name}`;
        if (cookie.expires !== 0 && cookie.expires <= Date.now()) cookies.delete(key);
        else cookies.set(key, cookie);
      }
    },
    for(address) {
      if (cookies.size === 0) return [];
      const { hostname, pathname, protocol } = new URL(address);
      return jar.all().filter(({ domain, hostOnly, path, secure }) => {
        if (secure && protocol !== 'https:') return false;
        if (hostname !== domain && (hostOnly || !hostname.endsWith(`.${domain}`))) return false;
        return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
      });
    },
    clear: () => cookies.clear(),
  };
  jar.add(initial);
  return jar;
}

export const cookieHeader = (cookies: Cookie[]): string =>
  cookies.map(({ name, value }) => `${name}=${value}`).join('; ');

/** A `Set-Cookie` header as the server at this address sent it; null when it is none, or not its to set. */
export function parseSetCookie(header: string, address: string): Cookie | null {
  const [pair = '', ...attributes] = header.split(';');
  const at = pair.indexOf('=');
  if (at < 1) return null;
  const { hostname, pathname } = new URL(address);
  const cookie: Cookie = {
    name: pair.slice(0, at).trim(),
    value: pair.slice(at + 1).trim(),
    domain: hostname,
    hostOnly: true,
    path: pathname.slice(0, Math.max(1, pathname.lastIndexOf('/'))),
    expires: 0,
    secure: false,
    httpOnly: false,
  };
  let hasMaxAge = false;
  for (const attribute of attributes) {
    const [key = '', ...rest] = attribute.split('=');
    const value = rest.join('=').trim();
    const name = key.trim().toLowerCase();
    if (name === 'domain' && value) {
      cookie.domain = value.replace(/^\./, '').toLowerCase();
      cookie.hostOnly = false;
    }
    if (name === 'path' && value.startsWith('/')) cookie.path = value;
    if (name === 'secure') cookie.secure = true;
    if (name === 'httponly') cookie.httpOnly = true;
    if (name === 'max-age') {
      hasMaxAge = true;
      cookie.expires = Number(value) <= 0 ? 1 : Date.now() + Number(value) * 1000;
    }
    if (name === 'expires' && !hasMaxAge) cookie.expires = Date.parse(value) || 0;
  }
  const isForeign = hostname !== cookie.domain && !hostname.endsWith(`.${cookie.domain}`);
  return isForeign ? null : cookie;
}
