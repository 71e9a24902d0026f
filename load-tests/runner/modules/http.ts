import type { Jar } from '../http/cookies.ts';
import { isRedirect } from '../http/redirects.ts';
import { EXIT, IterationOver, Refusal } from '../protocol/endings.ts';
import type { Outcome } from '../protocol/messages.ts';
import {
  failedResponse,
  type RequestSpec,
  type ResponseData,
  type StatusRange,
} from '../protocol/requests.ts';
import { createJarFunctions } from './cookie-jar.ts';
import { HTTP_CONSTANTS } from './http-constants.ts';
import { createFile } from './http-body.ts';
import { createResponse, type HttpResponse } from './http-response.ts';
import { DEFAULT_REDIRECTS, type Expected, type Params, toRequestSpec, type Url } from './request-spec.ts';
import { never } from './pending-work.ts';
import { type BatchEntry, readBatchEntry, slipInEntry } from './batch-entry.ts';
import type { SendFromPage } from './response-page.ts';
import { createSlipCheck } from './slips.ts';
import type { UserState } from './user-state.ts';

/** `k6/http`. Synchronous calls block their user; `asyncRequest` does not. */
export function createHttpModule(state: UserState) {
  const sendFromPage: Call = (...args) => request(...args);
  const { prepare, receive, setResponseCallback } = createRequests(state, sendFromPage);

  const request: Call = (method, url, body, params) => {
    const prepared = prepare(method, url, body, params);
    if (prepared.failure) return prepared.failure;
    const [data] = state.host.requestNow([prepared.spec]);
    if (!data) throw new Error('no response');
    return receive(prepared, data);
  };
  /** As in k6, a request that cannot be made rejects; a call in the init code throws. */
  const prepareAsync = (...args: Parameters<Call>): Prepared | Promise<never> => {
    try {
      return prepare(...args);
    } catch (error) {
      if (state.phase === 'init' || error instanceof IterationOver) throw error;
      return Promise.reject(error);
    }
  };
  const asyncRequest = (...args: Parameters<Call>): Promise<HttpResponse> => {
    const prepared = prepareAsync(...args);
    if (prepared instanceof Promise) return prepared;
    if (prepared.failure) return Promise.resolve(prepared.failure);
    // The iteration lasts until its last response, awaited or not; a failure belongs to the awaiting code.
    const end = state.pending.begin();
    const isCurrent = state.pending.currentIteration();
    return state.host
      .request(prepared.spec)
      .finally(end)
      .then((data) => (isCurrent() ? receive(prepared, data) : never()));
  };
  /** As in k6, an invalid request keeps the whole batch from being sent. */
  const sendAll = (batch: Prepared[]): (HttpResponse | null)[] => {
    const valid = batch.flatMap((prepared) => (prepared.failure ? [] : prepared));
    if (valid.length < batch.length) return batch.map(({ failure }) => failure ?? null);
    const responses = state.host.requestNow(valid.map(({ spec }) => spec));
    return valid.flatMap((prepared, index) => {
      const data = responses[index];
      return data ? receive(prepared, data) : [];
    });
  };
  const batch = (entries: BatchEntry[] | Record<string, BatchEntry>) => {
    if (typeof entries !== 'object' || entries === null) {
      throw new TypeError(`http.batch() takes an array or an object of requests, not ${typeof entries}`);
    }
    const list = Object.values(entries);
    const slip = list.map(slipInEntry).find((reason) => reason !== undefined);
    if (slip !== undefined) state.host.leave(refused(new Refusal(slip)));
    const responses = sendAll(list.map((entry) => prepare(...readBatchEntry(entry))));
    if (Array.isArray(entries)) return responses;
    return Object.fromEntries(Object.keys(entries).map((key, index) => [key, responses[index]]));
  };
  const module = {
    ...verbs(request, (text) => state.host.log('warning', text)),
    request,
    asyncRequest,
    batch,
    setResponseCallback,
    expectedStatuses,
    url: nameUrl,
    file: createFile,
    ...HTTP_CONSTANTS,
    ...createJarFunctions(state),
  };
  return { __esModule: true, ...module, default: module };
}

type Call = (method: string, url: Url, body?: unknown, params?: Params | null) => HttpResponse;

function verbs(request: Call, warn: (text: string) => void) {
  const withoutBody =
    (method: string) =>
    (url: Url, params?: Params | null, ...ignored: unknown[]) => {
      // As k6 2 does: a third argument shows that the second was meant as a body.
      if (ignored.length > 0) warn(`http.${method.toLowerCase()}() takes an address and parameters only`);
      return request(method, url, null, params);
    };
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

const slipInParams = createSlipCheck(
  'the parameters of a request',
  'headers tags cookies timeout throw redirects responseType responseCallback jar auth compression'.split(
    ' ',
  ),
);

const DEFAULT_EXPECTED: Expected = { statuses: [{ min: 200, max: 399 }] };

/** A request to send, or the response to a request that cannot be made. */
type Prepared = ValidRequest | { failure: HttpResponse };

interface ValidRequest {
  failure?: undefined;
  jar: Jar;
  spec: RequestSpec;
  throws: boolean;
  warnsOfRedirects: boolean;
}

const TO_SILENCE = 'pass { redirects: n } or set maxRedirects to silence this';

/** The two ends of every request: its specification, and its response with the cookies kept. */
function createRequests(state: UserState, sendFromPage: Call) {
  let expected: Expected | null = DEFAULT_EXPECTED;
  const respond = (data: ResponseData) => createResponse(data, sendFromPage as SendFromPage<HttpResponse>);
  const warn = (text: string) => state.host.log('warning', `Request Failed error="${text}"`);
  return {
    setResponseCallback: (callback: unknown) => {
      expected = readCallback(callback);
    },
    prepare(method: unknown, url: Url, body: unknown, paramsOrNull?: Params | null): Prepared {
      if (state.phase === 'init')
        throw new Error('Making http requests in the init context is not supported');
      const params = paramsOrNull ?? {};
      const jar = params.jar ?? state.jar;
      const throws = params.throw ?? state.setup.options?.http.throw ?? false;
      const parts = { method: String(method).toUpperCase(), url, body, params, jar };
      try {
        const slip = slipInParams(params);
        if (slip !== undefined) throw new Refusal(slip);
        requireJar(jar);
        const callback = 'responseCallback' in params ? readCallback(params.responseCallback) : expected;
        const maxRedirects = params.redirects ?? state.setup.options?.http.maxRedirects ?? null;
        return {
          jar,
          throws,
          warnsOfRedirects: maxRedirects === null,
          spec: toRequestSpec(state, { ...parts, expected: callback }),
        };
      } catch (error) {
        if (error instanceof Refusal) state.host.leave(refused(error));
        if (throws) throw error;
        const { message, code = 0 } = error as Error & { code?: number };
        warn(message);
        const request = {
          method: parts.method,
          url: typeof url === 'string' ? url : '',
          headers: {},
          body: '',
        };
        return { failure: respond(failedResponse(request, { code, message })) };
      }
    },
    receive({ jar, throws, warnsOfRedirects }: ValidRequest, data: ResponseData): HttpResponse {
      jar.add(data.earlierCookies);
      jar.add(data.cookies);
      if (warnsOfRedirects && data.status >= 300 && isRedirect(data.status, data.headers.Location ?? null)) {
        const { url } = data.request;
        state.host.log('warning', `Stopped after ${DEFAULT_REDIRECTS} redirects of ${url}; ${TO_SILENCE}`);
      }
      if (data.error_code !== 0 && data.status === 0) {
        const text = `${data.request.method} ${data.request.url}: ${data.error}`;
        if (throws) throw new Error(text);
        warn(text);
      }
      return respond(data);
    },
  };
}

const refused = ({ message: reason }: Refusal): Outcome => ({
  kind: 'aborted',
  reason,
  exitCode: EXIT.config,
});

function requireJar(jar: Partial<Jar>): void {
  if (typeof jar.for === 'function' && typeof jar.remove === 'function') return;
  throw new TypeError('the jar of a request is made by http.cookieJar() or http.CookieJar()');
}

/** What `expectedStatuses` returned. */
const callbacks = new WeakSet<Expected>();

/** Throws for all that is neither null nor expected statuses: nothing would be judged by it. */
function readCallback(callback: unknown): Expected | null {
  if (callback === null || callback === undefined) return null;
  if (callbacks.has(callback as Expected)) return callback as Expected;
  throw new TypeError('unsupported responseCallback: it is null, or made by http.expectedStatuses()');
}

/** Throws for an argument that is no status and no range of them. */
function expectedStatuses(...ranges: (number | StatusRange)[]): Expected {
  if (ranges.length === 0) throw new TypeError('expectedStatuses() takes at least one status');
  const statuses = ranges.map((range, index) => {
    const { min, max } = typeof range === 'number' ? { min: range, max: range } : { ...range };
    if (Number.isInteger(min) && Number.isInteger(max)) return { min, max };
    throw new TypeError(`argument ${index + 1} of expectedStatuses() is no status, and no { min, max }`);
  });
  const expected = { statuses };
  callbacks.add(expected);
  return expected;
}

/** A template tag: the metrics name the address without its values. */
function nameUrl(strings: TemplateStringsArray, ...values: unknown[]): Url {
  return {
    url: String.raw({ raw: strings }, ...values),
    name: String.raw({ raw: strings }, ...values.map(() => '${}')),
  };
}
