import type { Jar } from '../http/cookies.ts';
import type { RequestSpec, ResponseData, StatusRange } from '../protocol/requests.ts';
import { createJarFunctions } from './cookie-jar.ts';
import { createFile } from './http-body.ts';
import { createResponse, type HttpResponse } from './http-response.ts';
import { type Expected, type Params, toRequestSpec, type Url } from './request-spec.ts';
import type { UserState } from './user-state.ts';

/** `k6/http`. Synchronous calls block their user; `asyncRequest` does not. */
export function createHttpModule(state: UserState) {
  const { prepare, receive, setResponseCallback } = createRequests(state);

  const request: Call = (method, url, body, params) => {
    const { spec, jar } = prepare(method, url, body, params);
    const [data] = state.host.requestNow([spec]);
    if (!data) throw new Error('no response');
    return receive(jar, data);
  };
  const asyncRequest = (...args: Parameters<Call>): Promise<HttpResponse> => {
    const { spec, jar } = prepare(...args);
    const response = state.host.request(spec).then((data) => receive(jar, data));
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
    const prepared = Object.values(entries).map((entry) => prepare(...readBatchEntry(entry)));
    const responseData = state.host.requestNow(prepared.map(({ spec }) => spec));
    const responses = responseData.map((data, index) => receive(prepared[index]?.jar ?? state.jar, data));
    if (Array.isArray(entries)) return responses;
    return Object.fromEntries(Object.keys(entries).map((key, index) => [key, responses[index]]));
  };
  const module = {
    ...verbs(request),
    request,
    asyncRequest,
    batch,
    setResponseCallback,
    expectedStatuses,
    url: nameUrl,
    file: createFile,
    ...createJarFunctions(state),
  };
  return { __esModule: true, ...module, default: module };
}

type Call = (method: string, url: Url, body?: unknown, params?: Params | null) => HttpResponse;

function verbs(request: Call) {
  const withoutBody = (method: string) => (url: Url, params?: Params | null) =>
    request(method, url, null, params);
  const withBody = (method: string) => (url: Url, body?: unknown, params?: Params | null) =>
    request(method, url, body, params);
  return {
    get: withoutBody('GET'),
    head: withoutBody('HEAD'),
    post: withBody('POST'),
    put: withBody('PUT'),
    patch: withBody('PATCH'),
    del: withBody('DELETE'),
    options: withBody('OPTIONS'),
  };
}

const DEFAULT_EXPECTED: Expected = { statuses: [{ min: 200, max: 399 }] };

/** The two ends of every request: its specification, and its response with the cookies kept. */
function createRequests(state: UserState) {
  let expected: Expected | null = DEFAULT_EXPECTED;
  return {
    setResponseCallback: (callback: Expected | null) => {
      expected = callback;
    },
    prepare(
      method: string,
      url: Url,
      body: unknown,
      paramsOrNull?: Params | null,
    ): { jar: Jar; spec: RequestSpec } {
      if (state.phase === 'init')
        throw new Error('Making http requests in the init context is not supported');
      const params = paramsOrNull ?? {};
      const jar = params.jar ?? state.jar;
      const callback = params.responseCallback === undefined ? expected : params.responseCallback;
      const parts = { method: method.toUpperCase(), url, body, params, jar, expected: callback };
      return { jar, spec: toRequestSpec(state, parts) };
    },
    receive(jar: Jar, data: ResponseData): HttpResponse {
      jar.add(data.cookies);
      if (data.error_code !== 0 && data.status === 0) {
        const text = `${data.request.method} ${data.request.url}: ${data.error}`;
        if (state.setup.options?.http.throw) throw new Error(text);
        state.host.log('warning', `Request Failed error="${text}"`);
      }
      return createResponse(data);
    },
  };
}

type BatchEntry =
  | string
  | [method: string, url: Url, body?: unknown, params?: Params]
  | { method?: string; url: Url; body?: unknown; params?: Params };

function readBatchEntry(entry: BatchEntry): [string, Url, unknown, Params | undefined] {
  if (typeof entry === 'string') return ['GET', entry, null, undefined];
  if (Array.isArray(entry)) return [entry[0], entry[1], entry[2], entry[3]];
  return [entry.method ?? 'GET', entry.url, entry.body, entry.params];
}

function expectedStatuses(...statuses: (number | StatusRange)[]): Expected {
  return {
    statuses: statuses.map((range) => (typeof range === 'number' ? { min: range, max: range } : range)),
  };
}

/** A template tag: the metrics name the address without its values. */
function nameUrl(strings: TemplateStringsArray, ...values: unknown[]): Url {
  return {
    url: String.raw({ raw: strings }, ...values),
    name: String.raw({ raw: strings }, ...values.map(() => '${}')),
  };
}
