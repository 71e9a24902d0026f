import type { Jar } from '../http/cookies.ts';
import { parseDuration } from '../options/duration.ts';
import { textValues } from '../options/text-values.ts';
import type { RequestSpec, StatusRange } from '../protocol/requests.ts';
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
  responseCallback?: Expected | null;
  jar?: Jar;
  [option: string]: unknown;
}

/** The result of `http.expectedStatuses`. */
export interface Expected {
  statuses: StatusRange[];
}

const TIMEOUT_MS = 60_000;

export function toRequestSpec(state: UserState, parts: RequestParts): RequestSpec {
  const { method, url, params, jar, expected } = parts;
  const http = state.setup.options?.http;
  const { address, urlName } = readUrl(url);
  const tags = textValues(params.tags);
  const { body, contentType } = encodeBody(parts.body);
  return {
    method,
    url: address,
    name: tags.name ?? urlName,
    headers: headersOf(params, contentType, http?.userAgent ?? 'ecs-load'),
    body,
    timeoutMs: params.timeout === undefined ? TIMEOUT_MS : parseDuration(params.timeout, 'timeout'),
    redirects: params.redirects ?? http?.maxRedirects ?? 10,
    responseType: readResponseType(params.responseType ?? (http?.discardResponseBodies ? 'none' : 'text')),
    tags: { ...state.tags, ...tags },
    expected: expected?.statuses ?? null,
    cookies: jar.all(),
  };
}

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
  const isNamed = typeof url === 'object' && url !== null && 'url' in url && 'name' in url;
  const [address, urlName] = isNamed ? [url.url, url.name] : [url, url];
  if (typeof address !== 'string' || typeof urlName !== 'string') {
    throw new InvalidRequest(`invalid URL: ${String(address)}`, INVALID_URL);
  }
  const isHttp = /^https?:\/\/./i.test(address);
  if (isHttp && !URL.canParse(address)) throw new InvalidRequest(`invalid URL: ${address}`, INVALID_URL);
  return { address, urlName };
}

function readResponseType(type: string): RequestSpec['responseType'] {
  if (type === 'text' || type === 'binary' || type === 'none') return type;
  throw new InvalidRequest(`${type} does not belong to ResponseType values`, 0);
}

function headersOf(
  params: Params,
  contentType: string | undefined,
  userAgent: string,
): Record<string, string> {
  // fetch would accept compression by default, which k6 does not.
  const headers: Record<string, string> = { 'User-Agent': userAgent, 'Accept-Encoding': 'identity' };
  if (contentType) headers['Content-Type'] = contentType;
  for (const [name, value] of Object.entries(textValues(params.headers))) {
    const existing = Object.keys(headers).find((header) => header.toLowerCase() === name.toLowerCase());
    if (existing) delete headers[existing];
    headers[name] = value;
  }
  const cookies = Object.entries(params.cookies ?? {}).map(([name, cookie]) => {
    const value =
      typeof cookie === 'object' && cookie !== null ? (cookie as { value: unknown }).value : cookie;
    return `${name}=${String(value)}`;
  });
  if (cookies.length > 0) headers.Cookie = [headers.Cookie, ...cookies].filter(Boolean).join('; ');
  return headers;
}
