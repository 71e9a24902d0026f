import type { Cookie, RequestSpec, ResponseData, Timings } from '../protocol/requests.ts';
import { failedResponse } from '../protocol/requests.ts';
import { cookieHeader, createJar, parseSetCookie } from './cookies.ts';
import { describeFailure, RequestError } from './http-errors.ts';

/** A request and its response, by k6's count: each hop of a redirect is one. */
export interface Hop {
  data: ResponseData;
  /** The address that a redirect leads to. */
  nextUrl?: string | undefined;
}

/** Returns the request of the next hop, and undefined after the last. Keeps the cookies of all hops. */
export function createRedirects(spec: RequestSpec) {
  const jar = createJar(spec.cookies);
  const cookies: Cookie[] = [];
  return {
    cookies,
    next(hopSpec: RequestSpec, { data, nextUrl }: Hop): RequestSpec | undefined {
      cookies.push(...data.cookies);
      jar.add(data.cookies);
      if (nextUrl === undefined || hopSpec.redirects <= 0) return undefined;
      return { ...redirected(hopSpec, data.status, nextUrl), cookies: jar.all() };
    },
  };
}

/** As browsers do: all but 307 and 308 become a GET without a body. */
function redirected(spec: RequestSpec, status: number, url: string): RequestSpec {
  const keepsMethod = status === 307 || status === 308 || spec.method === 'HEAD' || spec.method === 'GET';
  const headers = { ...spec.headers };
  if (!keepsMethod) {
    for (const name of Object.keys(headers)) if (/^content-/i.test(name)) delete headers[name];
  }
  // Secrets stay with the host they were meant for.
  if (URL.parse(url)?.host !== new URL(spec.url).host) {
    for (const name of Object.keys(headers)) if (/^(authorization|cookie)$/i.test(name)) delete headers[name];
  }
  const name = spec.name === spec.url ? url : spec.name;
  const rest = { url, name, headers, redirects: spec.redirects - 1 };
  return { ...spec, ...rest, ...(keepsMethod ? {} : { method: 'GET', body: null }) };
}

/** The script's headers and, in `Cookie`, its cookies for this address. */
export function headersOf(spec: RequestSpec): Record<string, string> {
  if (spec.cookies.length === 0) return spec.headers;
  const headers: Record<string, string> = { ...spec.headers };
  const cookies = URL.canParse(spec.url) ? cookieHeader(createJar(spec.cookies).for(spec.url)) : '';
  if (cookies) headers.Cookie = [headers.Cookie, cookies].filter(Boolean).join('; ');
  return headers;
}

const REDIRECTS = [301, 302, 303, 307, 308];
const OTHER = 1000;

/** Throws a RequestError for an address that cannot be read, as k6 fails the request then. */
export function redirectUrl(spec: RequestSpec, status: number, location: string | null): string | undefined {
  if (location === null || !REDIRECTS.includes(status)) return undefined;
  const url = URL.parse(location, spec.url);
  if (!url) throw new RequestError(`failed to parse Location header "${location}"`, OTHER);
  return url.href;
}

/** A response as it came, with the headers that were sent. */
export interface Received {
  status: number;
  statusText: string;
  /** By their canonical names. */
  headers: Record<string, string>;
  setCookies: string[];
  bytes: Uint8Array;
  timings: Timings;
  sentHeaders: Record<string, string>;
}

const decoder = new TextDecoder();

export function toResponseData(spec: RequestSpec, received: Received): ResponseData {
  const { status, statusText, bytes } = received;
  const { responseType } = spec;
  return {
    url: spec.url,
    status,
    status_text: `${status} ${statusText}`.trim(),
    proto: 'HTTP/1.1',
    remote_ip: '',
    remote_port: 0,
    headers: received.headers,
    body: responseType === 'text' ? decoder.decode(bytes) : responseType === 'none' ? null : bufferOf(bytes),
    timings: received.timings,
    error: '',
    error_code: status >= 400 ? 1000 + status : 0,
    request: requestOf(spec, received.sentHeaders),
    cookies: received.setCookies.flatMap((header) => parseSetCookie(header, spec.url) ?? []),
  };
}

/** Copies a part of a larger buffer alone. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer {
  if (byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

export function toFailedData(spec: RequestSpec, cause: unknown, timings: Timings): ResponseData {
  return failedResponse(requestOf(spec, spec.headers), describeFailure(cause), timings);
}

function requestOf(spec: RequestSpec, headers: Record<string, string>): ResponseData['request'] {
  const lists: Record<string, string[]> = {};
  for (const name in headers) lists[canonicalName(name)] = [headers[name]!];
  const body = typeof spec.body === 'string' ? spec.body : '';
  return { method: spec.method, url: spec.url, headers: lists, body };
}

/** Bounded because a server may send names without end. */
const NAMES_MAX = 1000;
const names = new Map<string, string>();

/** `Content-Type`, as Go and therefore k6's scripts write it. */
export function canonicalName(name: string): string {
  let canonical = names.get(name);
  if (canonical === undefined) {
    canonical = name.toLowerCase().replace(/(^|-)[a-z]/g, (initial) => initial.toUpperCase());
    if (names.size < NAMES_MAX) names.set(name, canonical);
  }
  return canonical;
}
