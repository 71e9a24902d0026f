import type { ResponseData } from '../protocol/requests.ts';
import { select } from './selector.ts';

/** k6's Response: the plain data and `json(selector)`. */
export type HttpResponse = Omit<ResponseData, 'cookies'> & {
  cookies: Record<string, { name: string; value: string; domain: string; path: string }[]>;
  json(selector?: string): unknown;
  html(): never;
  submitForm(): never;
  clickLink(): never;
};

export function createResponse(data: ResponseData): HttpResponse {
  const cookies: HttpResponse['cookies'] = {};
  for (const cookie of data.cookies) (cookies[cookie.name] ??= []).push(cookie);
  const response = { ...data, cookies } as HttpResponse;
  // Not enumerable: a script may print a response, or send it through JSON.
  const method = (name: string, value: (...args: never[]) => unknown) =>
    Object.defineProperty(response, name, { value, enumerable: false });
  let parsed: unknown;
  method('json', (selector?: string) => {
    if (data.body === null) throw new Error("the body is null so we can't transform it to JSON");
    const text = typeof data.body === 'string' ? data.body : new TextDecoder().decode(data.body);
    parsed ??= JSON.parse(text);
    // Each call has its own copy, as in k6: a change by the script does not reach the next.
    return selector === undefined ? structuredClone(parsed) : select(parsed, selector);
  });
  for (const name of ['html', 'submitForm', 'clickLink']) {
    method(name, () => {
      throw new Error(`response.${name}() is not offered by this runner`);
    });
  }
  return response;
}
