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
const NOT_MEASURED = {
  tls_version: '',
  tls_cipher_suite: '',
  ocsp: { produced_at: 0, this_update: 0, next_update: 0, revocation_reason: '', revoked_at: 0, status: '' },
};

export function createResponse(data: ResponseData, send: SendFromPage<HttpResponse>): HttpResponse {
  const cookies: HttpResponse['cookies'] = {};
  for (const cookie of data.cookies) (cookies[cookie.name] ??= []).push(toResponseCookie(cookie));
  const request = { ...data.request, cookies: requestCookies(data.request.headers) };
  const { earlierCookies: _, ...shown } = data;
  const response = { ...shown, ...NOT_MEASURED, request, cookies } as unknown as HttpResponse;
  // Not enumerable: a script may print a response, or send it through JSON.
  const method = (name: string, value: (...args: never[]) => unknown) =>
    Object.defineProperty(response, name, { value, enumerable: false });
  let parsed: unknown;
  method('json', (selector?: string) => {
    if (data.body === null) throw new Error("the body is null so we can't transform it to JSON");
    const text = typeof data.body === 'string' ? data.body : new TextDecoder().decode(data.body);
    try {
      parsed ??= JSON.parse(text);
    } catch (error) {
      // A selector finds nothing in what is no JSON; without one it is an error.
      if (selector !== undefined) return undefined;
      throw error;
    }
    // Each call has its own copy, as in k6: a change by the script does not reach the next.
    return selector === undefined ? structuredClone(parsed) : select(parsed, selector);
  });
  for (const [name, value] of Object.entries(createPageMethods(data, send))) method(name, value);
  return response;
}

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
  for (const pair of headers.Cookie?.join('; ').split('; ') ?? []) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    (cookies[name] ??= []).push({ name, value: pair.slice(at + 1), replace: false });
  }
  return cookies;
}
