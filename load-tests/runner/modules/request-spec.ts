import type { Jar } from '../http/cookies.ts';
import { maskCredentials } from '../http/request-samples.ts';
import { parseDuration } from '../options/duration.ts';
import { Refusal } from '../protocol/endings.ts';
import { readTags } from './text-values.ts';
import type { RequestSpec, StatusRange } from '../protocol/requests.ts';
import { keptTags } from '../protocol/tag-sets.ts';
import { compress } from './compression.ts';
import { encodeBody } from './http-body.ts';
import type { UserState } from './user-state.ts';

/** The arguments of a request, as scripts pass them. */
interface RequestParts {
  method: string;
  url: Url;
  body: unknown;
  params: Params;
  jar: Jar;
  expected: Expected | null;
}

/** An address, or the result of `http.url` with a name for its metrics. */
export type Url = string | { url: string; name: string };

export interface Params {
  headers?: Record<string, unknown>;
  tags?: Record<string, unknown>;
  cookies?: Record<string, unknown>;
  timeout?: string | number;
  throw?: boolean;
  redirects?: number;
  responseType?: string;
  responseCallback?: unknown;
  jar?: Jar;
  auth?: string;
  compression?: string | number | boolean;
  [option: string]: unknown;
}

/** The result of `http.expectedStatuses`. */
export interface Expected {
  statuses: StatusRange[];
}

const TIMEOUT_MS = 60_000;
export const DEFAULT_REDIRECTS = 10;

export function toRequestSpec(state: UserState, parts: RequestParts): RequestSpec {
  const { method, url, params, jar, expected } = parts;
  const http = state.setup.options?.http;
  const { address, urlName } = readUrl(url);
  const tags = params.tags ? readTags(params.tags) : undefined;
  const encoded = encodeBody(parts.body);
  const headers = headersOf(params.headers, encoded.contentType, http?.userAgent ?? 'ecs-load');
  const body = compressBody(state, encoded.body, { params, headers });
  if (params.headers) checkLength(state, headers, { method, address, body });
  const { auth } = params;
  return {
    method,
    url: address,
    ...(auth && auth !== 'basic' ? readAuth(auth, address) : undefined),
    name: tags?.name ?? maskCredentials(urlName),
    headers,
    body,
    timeoutMs: params.timeout === undefined ? TIMEOUT_MS : parseDuration(params.timeout, 'timeout'),
    redirects: toWhole(params.redirects) ?? http?.maxRedirects ?? DEFAULT_REDIRECTS,
    responseType: readResponseType(params.responseType ?? (http?.discardResponseBodies ? 'none' : 'text')),
    tags: keptTags(tags ? { ...state.tags, ...tags } : state.tags),
    expected: expected?.statuses ?? null,
    cookies: jar.all(),
    ownCookies: params.cookies ? readCookies(params.cookies) : [],
  };
}

/** As in k6, a value that is no number is 0. */
const toWhole = (value: unknown): number | undefined =>
  value === undefined || value === null ? undefined : Math.trunc(Number(value)) || 0;

/** A request that cannot be made as the script describes it; k6 does not send it and counts nothing. */
class InvalidRequest extends Error {
  constructor(
    message: string,
    readonly code: number,
  ) {
    super(message);
  }
}

const INVALID_URL = 1020;

/** Throws an InvalidRequest for everything that k6 cannot parse. Other schemes fail when they are sent. */
function readUrl(url: unknown): { address: string; urlName: string } {
  if (typeof url === 'string' && readable.has(url)) return { address: url, urlName: url };
  const isNamed = typeof url === 'object' && url !== null && 'url' in url && 'name' in url;
  const [address, urlName] = isNamed ? [url.url, url.name] : [url, url];
  if (typeof address !== 'string' || typeof urlName !== 'string') {
    throw new InvalidRequest(`invalid URL: ${String(address)}`, INVALID_URL);
  }
  if (!canBeRead(address)) throw new InvalidRequest(`invalid URL: ${JSON.stringify(address)}`, INVALID_URL);
  if (readable.size >= READABLE_MAX) readable.clear();
  readable.add(address);
  return { address, urlName };
}

/** Addresses that were read before. Bounded because a script may have one for each request. */
const readable = new Set<string>();
const READABLE_MAX = 500;

/** Whether Go reads it as an address, of whatever scheme. */
function canBeRead(address: string): boolean {
  // oxlint-disable-next-line no-control-regex
  if (/[\0-\x1f\x7f]/.test(address)) return false;
  const withoutQuery = address.replace(/\?[^#]*/, '');
  if (/%(?![0-9a-f]{2})/i.test(withoutQuery)) return false;
  if (!/^[a-z][a-z0-9+.-]*:/i.test(address)) return !/^[^/?#]*:/.test(address);
  return !/^https?:\/\/./i.test(address) || URL.canParse(address);
}

function readResponseType(type: string): RequestSpec['responseType'] {
  if (type === 'text' || type === 'binary' || type === 'none') return type;
  throw new InvalidRequest(`${type} does not belong to ResponseType values`, 0);
}

function headersOf(
  ofScript: Params['headers'],
  contentType: string | undefined,
  userAgent: string,
): Record<string, string> {
  const headers: Record<string, string> = { 'User-Agent': userAgent };
  if (contentType) headers['Content-Type'] = contentType;
  if (!ofScript) return headers;
  for (const [name, value] of Object.entries(ofScript)) {
    const existing = nameIn(headers, name);
    if (existing !== undefined) delete headers[existing];
    headers[name] = String(value);
  }
  return headers;
}

/** Returns the name of a header as it is written; undefined when there is none. */
function nameIn(headers: Record<string, string>, name: string): string | undefined {
  const lower = name.toLowerCase();
  for (const header in headers) {
    if (header.length === lower.length && header.toLowerCase() === lower) return header;
  }
  return undefined;
}

/** The cookies of one request; those without a value are left out. */
function readCookies(cookies: NonNullable<Params['cookies']>): RequestSpec['ownCookies'] {
  return Object.entries(cookies).flatMap(([name, cookie]) => {
    if (cookie === undefined || cookie === null) return [];
    const { value = '', replace = false } = (
      typeof cookie === 'object' ? cookie : { value: cookie }
    ) as CookieParam;
    return { name, value: String(value), replace };
  });
}

/** The length is that of the body, whatever the script says; as in k6, a wrong one is warned of. */
function checkLength(
  { host }: UserState,
  headers: Record<string, string>,
  { method, address, body }: { method: string; address: string; body: RequestSpec['body'] },
): void {
  const key = nameIn(headers, 'content-length');
  if (key === undefined) return;
  const length = body === null ? 0 : Buffer.byteLength(body);
  if (headers[key] !== String(length)) {
    const reason = `the body of ${method} ${address} has ${length} bytes`;
    host.log('warning', `the header Content-Length "${headers[key]}" is ignored: ${reason}`);
  }
  delete headers[key];
}

interface CookieParam {
  value?: unknown;
  replace?: boolean;
}

/** fetch itself sends the credentials of a URL as `basic`; a digest must not be sent with them. */
function readAuth(auth: string, address: string): Pick<RequestSpec, 'url' | 'digest'> {
  if (auth !== 'digest') {
    throw new Refusal(`the authentication "${auth}" is not offered: basic and digest are`);
  }
  const url = URL.parse(address);
  if (!url) return { url: address };
  const digest = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  [url.username, url.password] = ['', ''];
  return { url: url.href, digest };
}

function compressBody(
  { host }: UserState,
  body: RequestSpec['body'],
  { params, headers }: { params: Params; headers: Record<string, string> },
): RequestSpec['body'] {
  if (body === null || !params.compression) return body;
  const names = String(params.compression)
    .split(',')
    .flatMap((name) => name.trim() || []);
  if (names.length === 0) return body;
  const encoding = names.join(', ');
  const existing = nameIn(headers, 'content-encoding');
  if (existing === undefined) headers['Content-Encoding'] = encoding;
  else if (headers[existing] !== encoding) {
    host.log(
      'warning',
      `the header Content-Encoding '${headers[existing]}' is kept, but the body is ${encoding}`,
    );
  }
  return compress(body, names);
}
