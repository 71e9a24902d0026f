import type { Selection } from '../pages/selection.ts';
import type { Cookie, ResponseData } from '../protocol/requests.ts';
import { createPageMethods, type SendFromPage } from './response-page.ts';
import { select } from './selector.ts';

/** k6's Response: the plain data, and methods that read its body. */
export type HttpResponse = Omit<ResponseData, 'cookies' | 'earlierCookies' | 'request'> & {
  cookies: Record<string, ResponseCookie[]>;
  request: ResponseData['request'] & { cookies: Record<string, RequestCookie[]> };
  json(selector?: string): unknown;
  html(selector?: string): Selection;
  submitForm(form?: object): HttpResponse;
  clickLink(link?: object): HttpResponse;
};

interface ResponseCookie {
  name: string;
  value: string;
  domain: string;
  path: string;
  httpOnly: boolean;
  secure: boolean;
  maxAge: number;
  expires: number;
}

interface RequestCookie {
  name: string;
  value: string;
  replace: boolean;
}

/** fetch does not tell of the TLS session. */
const NO_OCSP = {
  produced_at: 0,
  this_update: 0,
  next_update: 0,
  revocation_reason: '',
  revoked_at: 0,
  status: '',
};

export function createResponse(data: ResponseData, send: SendFromPage<HttpResponse>): HttpResponse {
  return new ScriptResponse(data, send);
}

/** Its functions are its own, as in k6: a copy by `{ ...response }` and `hasOwnProperty` have them too. */
class ScriptResponse {
  declare url: string;
  declare status: number;
  declare status_text: string;
  declare proto: string;
  declare remote_ip: string;
  declare remote_port: number;
  declare headers: ResponseData['headers'];
  declare body: ResponseData['body'];
  declare timings: ResponseData['timings'];
  declare error: string;
  declare error_code: number;
  declare request: HttpResponse['request'];
  declare cookies: HttpResponse['cookies'];
  declare tls_version: string;
  declare tls_cipher_suite: string;
  declare ocsp: object;
  declare json: HttpResponse['json'];
  declare html: HttpResponse['html'];
  declare submitForm: HttpResponse['submitForm'];
  declare clickLink: HttpResponse['clickLink'];
  #data: ResponseData;
  #send: SendFromPage<HttpResponse>;
  #parsed: unknown;
  #page: ReturnType<typeof createPageMethods<HttpResponse>> | undefined;

  constructor(data: ResponseData, send: SendFromPage<HttpResponse>) {
    this.url = data.url;
    this.status = data.status;
    this.status_text = data.status_text;
    this.proto = data.proto;
    this.remote_ip = data.remote_ip;
    this.remote_port = data.remote_port;
    this.headers = data.headers;
    this.body = data.body;
    this.timings = data.timings;
    this.error = data.error;
    this.error_code = data.error_code;
    const { method, url, headers, body } = data.request;
    this.request = { method, url, headers, body, cookies: requestCookies(headers) };
    this.cookies = {};
    for (const cookie of data.cookies) (this.cookies[cookie.name] ??= []).push(toResponseCookie(cookie));
    this.tls_version = '';
    this.tls_cipher_suite = '';
    // A copy: the script may change it.
    this.ocsp = { ...NO_OCSP };
    this.#data = data;
    this.#send = send;
    // Functions without a `this`: a script may take them out of the response.
    this.json = (selector) => this.#json(selector);
    this.html = (selector) => this.#methods.html(selector);
    this.submitForm = (form) => this.#methods.submitForm(form);
    this.clickLink = (link) => this.#methods.clickLink(link);
  }

  get #methods() {
    return (this.#page ??= createPageMethods(this.#data, this.#send));
  }

  #json(selector?: string): unknown {
    const { body } = this.#data;
    if (body === null) throw new Error("the body is null so we can't transform it to JSON");
    try {
      this.#parsed ??= JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body));
    } catch (error) {
      // A selector finds nothing in what is no JSON; without one it is an error.
      if (selector !== undefined) return undefined;
      throw error;
    }
    // Each call has its own copy, as in k6: a change by the script does not reach the next.
    return structuredClone(selector === undefined ? this.#parsed : select(this.#parsed, selector));
  }
}

// To a script it is an object like any other.
Reflect.deleteProperty(ScriptResponse.prototype, 'constructor');

/** As the server wrote it; the names of k6's documentation, and those that k6 itself has beside them. */
function toResponseCookie(cookie: Cookie): ResponseCookie {
  const { name, value, domain, hostOnly, sentPath, httpOnly, secure, maxAge, expires } = cookie;
  const shown = { name, value, domain: hostOnly ? '' : domain, path: sentPath, httpOnly, secure, maxAge };
  const responseCookie = { ...shown, expires: maxAge === 0 ? expires : 0 };
  Object.defineProperty(responseCookie, 'http_only', { value: httpOnly, enumerable: false });
  Object.defineProperty(responseCookie, 'max_age', { value: maxAge, enumerable: false });
  return responseCookie;
}

function requestCookies(headers: Record<string, string[]>): Record<string, RequestCookie[]> {
  const cookies: Record<string, RequestCookie[]> = {};
  if (!headers.Cookie) return cookies;
  for (const pair of headers.Cookie.join('; ').split('; ')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    (cookies[name] ??= []).push({ name, value: pair.slice(at + 1), replace: false });
  }
  return cookies;
}
