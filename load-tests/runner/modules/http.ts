import { type Jar, createJar } from '../http/cookies.ts';
import { parseDuration } from '../options/duration.ts';
import { textValues } from '../options/text-values.ts';
import type { RequestSpec, StatusRange } from '../protocol/requests.ts';
import type { UserState } from './user-state.ts';
import { createFile, encodeBody } from './http-body.ts';
import { createResponse, type HttpResponse } from './http-response.ts';

interface Params {
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

type Url = string | { url: string; name: string };
interface Expected {
  statuses: StatusRange[];
}
type BatchEntry =
  | string
  | [method: string, url: Url, body?: unknown, params?: Params]
  | { method?: string; url: Url; body?: unknown; params?: Params };

const TIMEOUT_MS = 60_000;
const DEFAULT_EXPECTED: Expected = { statuses: [{ min: 200, max: 399 }] };

/** `k6/http`. Synchronous calls block their user; `asyncRequest` does not. */
export function createHttpModule(state: UserState) {
  const { host } = state;
  let expected: Expected | null = DEFAULT_EXPECTED;

  const prepare = (method: string, url: Url, body: unknown, paramsOrNull: Params | null = {}) => {
    if (state.phase === 'init') throw new Error('Making http requests in the init context is not supported');
    const params = paramsOrNull ?? {};
    const jar = params.jar ?? state.jar;
    const callback = params.responseCallback === undefined ? expected : params.responseCallback;
    return {
      jar,
      spec: toSpec(state, { method: method.toUpperCase(), url, body, params, jar, expected: callback }),
    };
  };
  const receive = (jar: Jar, data: ReturnType<typeof host.requestNow>[number]): HttpResponse => {
    jar.add(data.cookies);
    if (data.error_code !== 0 && data.status === 0) {
      if (state.setup.options?.http.throw)
        throw new Error(`${data.request.method} ${data.request.url}: ${data.error}`);
      host.log('warning', `Request Failed error="${data.request.method} ${data.request.url}: ${data.error}"`);
    }
    return createResponse(data, request);
  };

  function request(method: string, url: Url, body?: unknown, params?: Params | null): HttpResponse {
    const { spec, jar } = prepare(method, url, body, params);
    const [data] = host.requestNow([spec]);
    if (!data) throw new Error('no response');
    return receive(jar, data);
  }
  const asyncRequest = (method: string, url: Url, body?: unknown, params?: Params | null) => {
    const { spec, jar } = prepare(method, url, body, params);
    const response = host.request(spec).then((data) => receive(jar, data));
    // The iteration lasts until its last response, awaited or not; a failure belongs to the awaiting code.
    const settled = response.then(
      () => {},
      () => {},
    );
    state.pending.add(settled);
    void settled.then(() => state.pending.delete(settled));
    return response;
  };
  const batch = (entries: BatchEntry[] | Record<string, BatchEntry>) => {
    const prepared = Object.values(entries).map((entry) => prepare(...readEntry(entry)));
    const responseData = host.requestNow(prepared.map(({ spec }) => spec));
    const responses = responseData.map((data, index) => receive(prepared[index]?.jar ?? state.jar, data));
    if (Array.isArray(entries)) return responses;
    return Object.fromEntries(Object.keys(entries).map((key, index) => [key, responses[index]]));
  };
  const module = {
    get: (url: Url, params?: Params | null) => request('GET', url, null, params),
    head: (url: Url, params?: Params | null) => request('HEAD', url, null, params),
    ...withBody(request),
    request,
    asyncRequest,
    batch,
    expectedStatuses: (...statuses: (number | StatusRange)[]): Expected => ({
      statuses: statuses.map((range) => (typeof range === 'number' ? { min: range, max: range } : range)),
    }),
    setResponseCallback: (callback: Expected | null) => {
      expected = callback;
    },
    url: (strings: TemplateStringsArray, ...values: unknown[]): Url => ({
      url: String.raw({ raw: strings }, ...values),
      name: String.raw({ raw: strings }, ...values.map(() => '${}')),
    }),
    file: createFile,
    cookieJar: () => scriptJar(state.jar),
    /** Called with `new`. */
    CookieJar: function CookieJar() {
      return scriptJar(createJar());
    },
  };
  return { __esModule: true, ...module, default: module };
}

type Call = (method: string, url: Url, body?: unknown, params?: Params | null) => HttpResponse;

function withBody(request: Call) {
  const verb = (method: string) => (url: Url, body?: unknown, params?: Params | null) =>
    request(method, url, body, params);
  return {
    post: verb('POST'),
    put: verb('PUT'),
    patch: verb('PATCH'),
    del: verb('DELETE'),
    options: verb('OPTIONS'),
  };
}

function readEntry(entry: BatchEntry): [string, Url, unknown, Params | undefined] {
  if (typeof entry === 'string') return ['GET', entry, null, undefined];
  if (Array.isArray(entry)) return [entry[0], entry[1], entry[2], entry[3]];
  return [entry.method ?? 'GET', entry.url, entry.body, entry.params];
}

interface RequestParts {
  method: string;
  url: Url;
  body: unknown;
  params: Params;
  jar: Jar;
  expected: Expected | null;
}

function toSpec(state: UserState, { method, url, body, params, jar, expected }: RequestParts): RequestSpec {
  const { options } = state.setup;
  const http = options?.http;
  const address = typeof url === 'object' && url !== null ? url.url : url;
  const tags = textValues(params.tags);
  const encoded = encodeBody(body);
  // fetch would accept compression by default, which k6 does not.
  const headers: Record<string, string> = {
    'User-Agent': http?.userAgent ?? 'ecs-load',
    'Accept-Encoding': 'identity',
  };
  if (encoded.contentType) headers['Content-Type'] = encoded.contentType;
  for (const [name, value] of Object.entries(textValues(params.headers))) {
    const existing = Object.keys(headers).find(
      (headerName) => headerName.toLowerCase() === name.toLowerCase(),
    );
    if (existing) delete headers[existing];
    headers[name] = value;
  }
  const pairs = Object.entries(params.cookies ?? {}).map(([name, cookie]) => {
    const value =
      typeof cookie === 'object' && cookie !== null ? (cookie as { value: unknown }).value : cookie;
    return `${name}=${String(value)}`;
  });
  if (pairs.length > 0) headers.Cookie = [headers.Cookie, ...pairs].filter(Boolean).join('; ');
  return {
    method,
    url: address,
    name: tags.name ?? (typeof url === 'object' && url !== null ? url.name : address),
    headers,
    body: encoded.body,
    timeoutMs: params.timeout === undefined ? TIMEOUT_MS : parseDuration(params.timeout, 'timeout'),
    redirects: params.redirects ?? http?.maxRedirects ?? 10,
    responseType: params.responseType ?? (http?.discardResponseBodies ? 'none' : 'text'),
    tags: { ...state.tags, ...tags },
    expected: expected?.statuses ?? null,
    cookies: jar.all(),
  };
}

/** A jar with the methods that scripts call. */
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
