import type { RequestSpec, ResponseData } from '../protocol/requests.ts';

/** Returns a request and its response as the option `httpDebug` shows them. */
export function debugText(spec: RequestSpec, data: ResponseData, withBodies: boolean): string {
  const url = URL.parse(spec.url);
  const request = [
    `${spec.method} ${url ? url.pathname + url.search : spec.url} HTTP/1.1`,
    `Host: ${url?.host ?? ''}`,
    ...Object.entries(data.request.headers).map(([name, values]) => `${name}: ${values.join(', ')}`),
  ];
  const response = [
    data.status === 0 ? data.error : `${data.proto} ${data.status_text}`,
    ...Object.entries(data.headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const bodyOf = (body: unknown) => (withBodies && typeof body === 'string' && body ? `\n\n${body}` : '');
  const sections = [request.join('\n') + bodyOf(spec.body), response.join('\n') + bodyOf(data.body)];
  return `Request:\n${sections[0]}\n\nResponse:\n${sections[1]}`;
}
