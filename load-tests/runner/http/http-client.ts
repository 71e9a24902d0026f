import { cookieHeader, createJar, parseSetCookie } from './cookies.ts';
import { checkUrl, describeFailure } from './http-errors.ts';
import type { HttpOptions } from '../options/options.ts';
import type { Cookie, RequestSpec, ResponseData, Sample, Tags, Timings } from '../protocol/protocol.ts';

/**
 * The network side of every request, on the main thread. Bun's fetch does not tell name lookup, connecting
 * and sending apart: they are part of `waiting`, and their own metrics are 0.
 */
export interface HttpClient {
  send(spec: RequestSpec, signal?: AbortSignal): Promise<ResponseData>;
}

export function createHttpClient(options: HttpOptions, emit: (sample: Sample) => void): HttpClient {
  const slot = createLimiter(options.rps);

  /** One hop: one request by k6's count. */
  const hop = async (
    spec: RequestSpec,
    deadline: AbortSignal,
  ): Promise<{ data: ResponseData; next?: string }> => {
    await slot();
    const jar = createJar(spec.cookies);
    const headers: Record<string, string> = { ...spec.headers };
    const cookies = URL.canParse(spec.url) ? cookieHeader(jar.for(spec.url)) : '';
    if (cookies) headers.Cookie = [headers.Cookie, cookies].filter(Boolean).join('; ');
    const startedAt = performance.now();
    try {
      checkUrl(spec.url, options.blockHostnames);
      const response = await fetch(spec.url, {
        method: spec.method,
        headers,
        body: spec.body as BodyInit | null,
        redirect: 'manual',
        signal: deadline,
        keepalive: !options.noConnectionReuse,
        ...(options.insecureSkipTLSVerify ? { tls: { rejectUnauthorized: false } } : {}),
      });
      const headersAt = performance.now();
      const bytes = new Uint8Array(await response.arrayBuffer());
      const timings = timingsOf(startedAt, headersAt, performance.now());
      const cookies = response.headers
        .getSetCookie()
        .flatMap((header) => parseSetCookie(header, spec.url) ?? []);
      const data = answer(spec, headers, { response, bytes, timings, cookies });
      measure(spec, data, bytes.length, emit);
      const next = isRedirect(response.status) ? response.headers.get('location') : null;
      return next === null ? { data } : { data, next: new URL(next, spec.url).href };
    } catch (error) {
      const data = failure(spec, error, timingsOf(startedAt, performance.now(), performance.now()));
      measure(spec, data, 0, emit);
      return { data };
    }
  };

  return {
    async send(spec, signal) {
      const timeout = AbortSignal.timeout(Math.max(1, Math.round(spec.timeoutMs)));
      const deadline = signal ? AbortSignal.any([timeout, signal]) : timeout;
      const jar = createJar(spec.cookies);
      const cookies: Cookie[] = [];
      let present = spec;
      for (let followed = 0; ; followed += 1) {
        const { data, next } = await hop(present, deadline);
        cookies.push(...data.cookies);
        jar.add(data.cookies);
        if (next === undefined || followed >= spec.redirects) return { ...data, cookies };
        present = { ...redirected(present, data.status, next), cookies: jar.all() };
      }
    },
  };
}

/** As browsers do: all but 307 and 308 become a GET without a body. */
function redirected(spec: RequestSpec, status: number, url: string): RequestSpec {
  const keeps = status === 307 || status === 308 || spec.method === 'HEAD' || spec.method === 'GET';
  const headers = { ...spec.headers };
  if (!keeps) {
    for (const name of Object.keys(headers)) if (/^content-/i.test(name)) delete headers[name];
  }
  // Secrets stay with the host they were meant for.
  if (new URL(url).host !== new URL(spec.url).host) {
    for (const name of Object.keys(headers)) if (/^(authorization|cookie)$/i.test(name)) delete headers[name];
  }
  const name = spec.name === spec.url ? url : spec.name;
  return { ...spec, url, name, headers, ...(keeps ? {} : { method: 'GET', body: null }) };
}

const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status);

function timingsOf(startedAt: number, headersAt: number, endedAt: number): Timings {
  const none = { blocked: 0, looking_up: 0, connecting: 0, tls_handshaking: 0, sending: 0 };
  return {
    ...none,
    waiting: headersAt - startedAt,
    receiving: endedAt - headersAt,
    duration: endedAt - startedAt,
  };
}

interface Arrived {
  response: Response;
  bytes: Uint8Array<ArrayBuffer>;
  timings: Timings;
  cookies: Cookie[];
}

function answer(
  spec: RequestSpec,
  headers: Record<string, string>,
  { response, bytes, timings, cookies }: Arrived,
): ResponseData {
  const body = {
    text: () => new TextDecoder().decode(bytes),
    binary: () => bytes.buffer,
    none: () => null,
  }[spec.responseType]();
  return {
    url: spec.url,
    status: response.status,
    status_text: `${response.status} ${response.statusText}`.trim(),
    proto: 'HTTP/1.1',
    headers: canonical(response.headers),
    body,
    timings,
    error: '',
    error_code: response.status >= 400 ? 1000 + response.status : 0,
    request: requestOf(spec, headers),
    cookies,
  };
}

function requestOf(spec: RequestSpec, headers: Record<string, string>): ResponseData['request'] {
  const lists = Object.entries(headers).map(
    ([name, value]) => [canonicalName(name), [value]] as [string, string[]],
  );
  const body = typeof spec.body === 'string' ? spec.body : '';
  return { method: spec.method, url: spec.url, headers: Object.fromEntries(lists), body };
}

/** `Content-Type`, as Go and therefore k6's scripts write it. */
const canonicalName = (name: string) =>
  name.toLowerCase().replace(/(^|-)[a-z]/g, (part) => part.toUpperCase());

function canonical(headers: Headers): Record<string, string> {
  const named: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = canonicalName(name);
    named[key] = named[key] === undefined ? value : `${named[key]}, ${value}`;
  }
  return named;
}

function failure(spec: RequestSpec, cause: unknown, timings: Timings): ResponseData {
  const { code, message } = describeFailure(cause);
  const empty = { status: 0, status_text: '', proto: '', headers: {}, body: null, cookies: [] };
  const request = requestOf(spec, spec.headers);
  return { url: spec.url, ...empty, timings, error: message, error_code: code, request };
}

/** k6's samples of one request. */
function measure(
  spec: RequestSpec,
  data: ResponseData,
  received: number,
  emit: (sample: Sample) => void,
): void {
  const tags: Tags = {
    ...spec.tags,
    method: spec.method,
    url: spec.url,
    name: spec.name,
    status: String(data.status),
  };
  if (data.proto) tags.proto = data.proto;
  if (data.error_code !== 0) tags.error_code = String(data.error_code);
  if (data.error) tags.error = data.error;
  const isExpected =
    spec.expected?.some(({ min, max }) => data.status >= min && data.status <= max) ?? undefined;
  if (isExpected !== undefined) tags.expected_response = String(isExpected);
  const add = (metric: string, value: number, its = tags) => emit({ metric, value, tags: its });
  add('http_reqs', 1);
  add('http_req_duration', data.timings.duration);
  for (const part of [
    'blocked',
    'connecting',
    'tls_handshaking',
    'sending',
    'waiting',
    'receiving',
  ] as const) {
    add(`http_req_${part}`, data.timings[part]);
  }
  if (isExpected !== undefined) add('http_req_failed', isExpected ? 0 : 1);
  // Of the wire's bytes fetch shows the bodies; the rest is counted as it is written in HTTP/1.1.
  const heads = (fields: Record<string, unknown>) =>
    Object.entries(fields).reduce((sum, [name, value]) => sum + name.length + String(value).length + 4, 4);
  const size = typeof spec.body === 'string' ? Buffer.byteLength(spec.body) : (spec.body?.length ?? 0);
  add('data_sent', spec.method.length + spec.url.length + 12 + heads(data.request.headers) + size, spec.tags);
  if (data.status !== 0) {
    add('data_received', data.status_text.length + 11 + heads(data.headers) + received, spec.tags);
  }
}

/** Lets so many through a second, evenly; everything when there is no limit. */
function createLimiter(perSecond: number): () => Promise<void> {
  let next = 0;
  return async () => {
    if (perSecond <= 0) return;
    const now = performance.now();
    next = Math.max(now, next + 1000 / perSecond);
    if (next > now) await Bun.sleep(next - now);
  };
}
