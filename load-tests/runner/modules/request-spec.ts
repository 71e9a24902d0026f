import type { Jar } from '../http/cookies.ts';
import { parseDuration } from '../options/duration.ts';
import { textValues } from '../options/text-values.ts';
import type { RequestSpec, StatusRange } from '../protocol/requests.ts';
import { encodeBody } from './http-body.ts';
import type { UserState } from './user-state.ts';

/** The arguments of a request, as scripts pass them. */
export interface RequestParts {
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
  redirects?: number;
  responseType?: RequestSpec['responseType'];
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
  const address = typeof url === 'object' && url !== null ? url.url : url;
  const urlName = typeof url === 'object' && url !== null ? url.name : address;
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
    responseType: params.responseType ?? (http?.discardResponseBodies ? 'none' : 'text'),
    tags: { ...state.tags, ...tags },
    expected: expected?.statuses ?? null,
    cookies: jar.all(),
  };
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
