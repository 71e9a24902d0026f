import http, { type Params, type RefinedResponse, type RequestBody, type ResponseType } from 'k6/http';

/** Requests of one base address with common headers and tags: the library `httpx` of scripts. */
type Response = RefinedResponse<ResponseType | undefined>;
type Entry = [method: string, url: string, body?: RequestBody | null, params?: Params];

interface Settings {
  baseURL?: string;
  headers?: Record<string, string>;
  timeout?: number | string;
  tags?: Record<string, string>;
}

export class Httpx {
  baseURL: string;
  headers: Record<string, string>;
  tags: Record<string, string>;
  timeout: number | string;

  constructor({ baseURL = '', headers = {}, timeout = 60_000, tags = {} }: Settings = {}) {
    this.baseURL = baseURL;
    this.headers = { ...headers };
    this.tags = { ...tags };
    this.timeout = timeout;
  }

  setBaseUrl(url: string): void {
    this.baseURL = url;
  }

  addHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  addHeaders(headers: Record<string, string>): void {
    Object.assign(this.headers, headers);
  }

  clearHeader(name: string): void {
    delete this.headers[name];
  }

  removeHeader(name: string): void {
    delete this.headers[name];
  }

  clearHeaders(): void {
    this.headers = {};
  }

  addTag(name: string, value: string): void {
    this.tags[name] = value;
  }

  addTags(tags: Record<string, string>): void {
    Object.assign(this.tags, tags);
  }

  clearTag(name: string): void {
    delete this.tags[name];
  }

  clearTags(): void {
    this.tags = {};
  }

  request(method: string, url: string, body?: RequestBody | null, params?: Params): Response {
    return http.request(method, this.addressOf(url), body, this.paramsOf(params));
  }

  asyncRequest(method: string, url: string, body?: RequestBody | null, params?: Params): Promise<Response> {
    return http.asyncRequest(method, this.addressOf(url), body, this.paramsOf(params));
  }

  get(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request('GET', url, body, params);
  }

  options(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request('OPTIONS', url, body, params);
  }

  head(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request('HEAD', url, body, params);
  }

  post(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request('POST', url, body, params);
  }

  put(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request('PUT', url, body, params);
  }

  patch(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request('PATCH', url, body, params);
  }

  delete(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request('DELETE', url, body, params);
  }

  trace(url: string, body?: RequestBody | null, params?: Params): Response {
    return this.request('TRACE', url, body, params);
  }

  batch(entries: Entry[], common?: Params): Response[] {
    const requests = entries.map(([method, url, body, params]): Entry => {
      return [method, this.addressOf(url), body ?? null, this.paramsOf({ ...common, ...params })];
    });
    return http.batch(requests);
  }

  private addressOf(url: string): string {
    return /^https?:\/\//i.test(url) ? url : this.baseURL + url;
  }

  private paramsOf(params: Params = {}): Params {
    const headers = { ...this.headers, ...params.headers };
    return { timeout: this.timeout, ...params, headers, tags: { ...this.tags, ...params.tags } };
  }
}

/** Entries of a batch, made with `new` or without. */
const entryOf = (method: string) =>
  function build(url: string, body?: RequestBody | null, params?: Params): Entry {
    return [method, url, body, params];
  };
export const Get = entryOf('GET');
export const Post = entryOf('POST');
export const Put = entryOf('PUT');
export const Patch = entryOf('PATCH');
export const Delete = entryOf('DELETE');
export const Head = entryOf('HEAD');
export const Options = entryOf('OPTIONS');

export function Request(method: string, url: string, body?: RequestBody | null, params?: Params): Entry {
  return [method, url, body, params];
}
