import { isIP } from 'node:net';
import { parseSetCookie as parse, type SetCookie } from 'cookie';
import type { Cookie } from '../protocol/requests.ts';

/** The cookies of one virtual user, by RFC 6265 as far as a load test meets it. */
export interface Jar {
  all(): Cookie[];
  add(cookies: Cookie[]): void;
  /** Those that a request to this address carries. */
  for(url: string): Cookie[];
  /** Drops those that a request to this address carries, or those of a name among them. */
  remove(url: string, name?: string): void;
}

export function createJar(initial: Cookie[] = []): Jar {
  const jar = new MemoryJar();
  jar.add(initial);
  return jar;
}

/** A class, because each iteration has a new one, which most leave empty. */
class MemoryJar implements Jar {
  #cookies: Map<string, Cookie> | undefined;

  all(): Cookie[] {
    return this.#cookies ? [...this.#cookies.values()] : [];
  }

  add(list: Cookie[]): void {
    if (list.length === 0) return;
    const cookies = (this.#cookies ??= new Map());
    for (const cookie of list) {
      if (cookie.expires !== 0 && cookie.expires <= Date.now()) cookies.delete(keyOf(cookie));
      else cookies.set(keyOf(cookie), cookie);
    }
  }

  for(address: string): Cookie[] {
    if (!this.#cookies?.size) return [];
    const { hostname, pathname, protocol } = new URL(address);
    const carried = this.all().filter(({ domain, hostOnly, path, secure, expires }) => {
      if (expires !== 0 && expires <= Date.now()) return false;
      if (secure && protocol !== 'https:') return false;
      if (hostname !== domain && (hostOnly || !hostname.endsWith(`.${domain}`))) return false;
      return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
    });
    return carried.toSorted((first, second) => second.path.length - first.path.length);
  }

  remove(url: string, name?: string): void {
    for (const cookie of this.for(url)) {
      if (name === undefined || cookie.name === name) this.#cookies?.delete(keyOf(cookie));
    }
  }
}

const keyOf = ({ domain, path, name }: Cookie) => `${domain};${path};${name}`;

export const cookieHeader = (cookies: Pick<Cookie, 'name' | 'value'>[]): string =>
  cookies.map(({ name, value }) => `${name}=${valueText(value)}`).join('; ');

/** What a value cannot have. */
const OUTSIDE = /[^ -~]|["\\;]/;

/** As Go, and so k6, sends a value: without what a cookie cannot have, in quotes where it has a gap. */
function valueText(value: string): string {
  const text = value.replace(new RegExp(OUTSIDE, 'g'), '');
  return /[ ,]/.test(text) ? `"${text}"` : text;
}

/** The path of a cookie that says none. */
export const defaultPath = (pathname: string): string =>
  pathname.slice(0, Math.max(1, pathname.lastIndexOf('/')));

/**
 * A `Set-Cookie` header as the server at this address sent it; null for an invalid one, or one that it may
 * not set.
 */
export function parseSetCookie(header: string, address: string): Cookie | null {
  const sent = parse(header, { decode: (text) => text });
  if (sent.name === '') return null;
  const { hostname, pathname } = new URL(address);
  const domain = sent.domain?.replace(/^\./, '').toLowerCase() || hostname;
  const value = (sent.value ?? '').replace(/^"(.*)"$/, '$1');
  if (OUTSIDE.test(value)) return null;
  const isWithin = hostname.endsWith(`.${domain}`) && isIP(hostname) === 0;
  if (hostname !== domain && !isWithin) return null;
  return {
    name: sent.name,
    value,
    domain,
    hostOnly: !sent.domain,
    path: sent.path?.startsWith('/') ? sent.path : defaultPath(pathname),
    expires: expiryOf(sent),
    secure: sent.secure ?? false,
    httpOnly: sent.httpOnly ?? false,
    sentPath: sent.path ?? '',
    maxAge: sent.maxAge ?? 0,
  };
}

/** Unix ms, at least 1; 0 for the end of the session. */
function expiryOf({ maxAge, expires }: SetCookie): number {
  if (maxAge !== undefined) return maxAge <= 0 ? 1 : Date.now() + maxAge * 1000;
  return expires === undefined ? 0 : Math.max(1, expires.getTime());
}
