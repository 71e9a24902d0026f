import type { Cookie, RequestSpec, ResponseData } from '../protocol/requests.ts';
import { createJar } from './cookies.ts';
import { RequestError } from './http-errors.ts';
import { maskCredentials } from './request-samples.ts';

/** A request and its response, by k6's count: each hop of a redirect is one. */
export interface Hop {
  data: ResponseData;
  /** The address that a redirect leads to. */
  nextUrl?: string | undefined;
}

/** Returns the request of the next hop, and undefined after the last. Keeps the cookies of all hops. */
export function createRedirects(first: RequestSpec) {
  const jar = createJar(first.cookies);
  const earlierCookies: Cookie[] = [];
  return {
    /** Those of all responses before the last. */
    earlierCookies,
    next(hopSpec: RequestSpec, { data, nextUrl }: Hop): RequestSpec | undefined {
      if (nextUrl === undefined || hopSpec.redirects <= 0) return undefined;
      earlierCookies.push(...data.cookies);
      jar.add(data.cookies);
      return { ...redirected(hopSpec, data.status, nextUrl, first), cookies: jar.all() };
    },
  };
}

/** As Go's client, and so k6, does: all but 307 and 308 have no body, and become a GET but for HEAD. */
function redirected(spec: RequestSpec, status: number, url: string, first: RequestSpec): RequestSpec {
  const keepsBody = status === 307 || status === 308;
  const keepsMethod = keepsBody || spec.method === 'HEAD' || spec.method === 'GET';
  const isOfFirst = isWithin(url, first.url);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(spec.headers)) {
    // A header with cookies is of one request; those of the jar and of the parameters are added to each.
    const isDropped =
      /^(cookie|referer)$/i.test(name) ||
      (!isOfFirst && /^(www-authenticate|authorization)$/i.test(name)) ||
      (!keepsMethod && /^content-/i.test(name));
    if (!isDropped) headers[name] = value;
  }
  const referer = refererOf(spec.url, url, first);
  if (referer !== undefined) headers.Referer = referer;
  const name = spec.name === maskCredentials(spec.url) ? maskCredentials(url) : spec.name;
  const hop = { ...spec, url, name, headers, redirects: spec.redirects - 1 };
  return { ...hop, ...(keepsMethod ? {} : { method: 'GET' }), ...(keepsBody ? {} : { body: null }) };
}

/** Secrets stay with the host that they were meant for, on each of its ports, and with hosts below it. */
function isWithin(address: string, first: string): boolean {
  const [hostname = '', parent = ''] = [address, first].map((url) => URL.parse(url)?.hostname);
  return hostname === parent || hostname.endsWith(`.${parent}`);
}

/** That of the script, else the address before; none on the way from https to http. */
function refererOf(from: string, to: string, { headers }: RequestSpec): string | undefined {
  const ofScript = Object.entries(headers).find(([name]) => /^referer$/i.test(name))?.[1];
  if (/^https:/i.test(from) && !/^https:/i.test(to)) return undefined;
  return ofScript ?? from.replace(/^(https?:\/\/)[^/@?#]*@/i, '$1');
}

const REDIRECTS = [301, 302, 303, 307, 308];
const OTHER = 1000;

/** Throws a RequestError for an address that cannot be read, as k6 fails the request then. */
export function redirectUrl(spec: RequestSpec, status: number, location: string | null): string | undefined {
  if (!isRedirect(status, location)) return undefined;
  const url = URL.parse(location, spec.url);
  if (!url) throw new RequestError(`failed to parse Location header "${location}"`, OTHER);
  return url.href;
}

/** Whether a response leads to another address. */
export const isRedirect = (status: number, location: string | null): location is string =>
  location !== null && location !== '' && REDIRECTS.includes(status);
