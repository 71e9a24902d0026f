import type { Cookie, RequestSpec, ResponseData, Timings } from '../protocol/requests.ts';
import { failedResponse } from '../protocol/requests.ts';
import { cookieHeader, createJar, parseSetCookie } from './cookies.ts';
import { describeFailure } from './http-errors.ts';

/** The script's headers with its cookies for this address: of the header, the parameters and the jar. */
export function headersOf(spec: RequestSpec): Record<string, string> {
  if (spec.cookies.length + spec.ownCookies.length === 0) return spec.headers;
  const replaced = new Set(spec.ownCookies.filter(({ replace }) => replace).map(({ name }) => name));
  const carried = URL.canParse(spec.url) ? createJar(spec.cookies).for(spec.url) : [];
  const cookies = cookieHeader([...spec.ownCookies, ...carried.filter(({ name }) => !replaced.has(name))]);
  if (cookies === '') return spec.headers;
  const key = Object.keys(spec.headers).find((name) => name.toLowerCase() === 'cookie') ?? 'Cookie';
  return { ...spec.headers, [key]: [spec.headers[key], cookies].filter(Boolean).join('; ') };
}

/** A response as it came, with the headers that were sent. */
interface Received {
  status: number;
  statusText: string;
  /** By their canonical names; the script may change them. */
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
    status_text: statusText === '' ? String(status) : `${status} ${statusText}`.trim(),
    proto: 'HTTP/1.1',
    remote_ip: '',
    remote_port: 0,
    headers: received.headers,
    body: responseType === 'text' ? decoder.decode(bytes) : responseType === 'none' ? null : bufferOf(bytes),
    timings: received.timings,
    error: '',
    error_code: status >= 400 ? 1000 + status : 0,
    request: requestOf(spec, received.sentHeaders),
    cookies: cookiesOf(received.setCookies, spec.url),
    earlierCookies: [],
  };
}

function cookiesOf(setCookies: string[], url: string): Cookie[] {
  if (setCookies.length === 0) return [];
  return setCookies.flatMap((header) => parseSetCookie(header, url) ?? []);
}

/** Copies a part of a larger buffer alone. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer {
  if (byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

/** `remote` is where the request went, if it came so far. */
export function toFailedData(
  spec: RequestSpec,
  { cause, sentHeaders, timings, remote }: Failed,
): ResponseData {
  return { ...failedResponse(requestOf(spec, sentHeaders), describeFailure(cause), timings), ...remote };
}

interface Failed {
  cause: unknown;
  sentHeaders: Record<string, string>;
  timings: Timings;
  remote: Pick<ResponseData, 'remote_ip' | 'remote_port'>;
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
