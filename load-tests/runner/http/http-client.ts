import type { Sample } from '../protocol/metrics.ts';
import {
  type Cookie,
  failedResponse,
  type HttpOptions,
  type RequestSpec,
  type ResponseData,
  type Timings,
} from '../protocol/requests.ts';
import { cookieHeader, createJar, parseSetCookie } from './cookies.ts';
import { checkUrl, describeFailure } from './http-errors.ts';
import { samplesOf } from './request-samples.ts';

/**
 * The network side of every request, on the main thread. Bun's fetch does not report name lookup, connecting
 * and sending apart: they are part of `waiting`, and their own metrics are 0.
 */
export interface HttpClient {
  /** Follows redirects. Resolves also when the request failed, with the failure in the response. */
  send(spec: RequestSpec, signal?: AbortSignal): Promise<ResponseData>;
}

export function createHttpClient(options: HttpOptions, emit: (sample: Sample) => void): HttpClient {
  const waitForSlot = createLimiter(options.rps);

  /** Sends one request by k6's count: each hop of a redirect is one. */
  const sendHop = async (spec: RequestSpec, deadline: AbortSignal): Promise<Hop> => {
    await waitForSlot();
    const headers = headersOf(spec);
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
      const data = toResponseData(spec, headers, { response, bytes, timings });
      samplesOf(spec, data, bytes.length).forEach(emit);
      const location = isRedirect(response.status) ? response.headers.get('location') : null;
      return location === null ? { data } : { data, nextUrl: new URL(location, spec.url).href };
    } catch (error) {
      const endedAt = performance.now();
      const data = toFailedData(spec, error, timingsOf(startedAt, endedAt, endedAt));
      samplesOf(spec, data, 0).forEach(emit);
      return { data };
    }
  };

  return {
    async send(spec, signal) {
      const timeout = AbortSignal.timeout(Math.max(1, Math.round(spec.timeoutMs)));
      const deadline = signal ? AbortSignal.any([timeout, signal]) : timeout;
      const jar = createJar(spec.cookies);
      const cookies: Cookie[] = [];
      let hopSpec = spec;
      for (let redirects = 0; ; redirects += 1) {
        const { data, nextUrl } = await sendHop(hopSpec, deadline);
        cookies.push(...data.cookies);
        jar.add(data.cookies);
        if (nextUrl === undefined || redirects >= spec.redirects) return { ...data, cookies };
        hopSpec = { ...redirected(hopSpec, data.status, nextUrl), cookies: jar.all() };
      }
    },
  };
}

interface Hop {
  data: ResponseData;
  /** The address that a redirect leads to. */
  nextUrl?: string;
}

/** The script's headers and, in `Cookie`, its cookies for this address. */
function headersOf(spec: RequestSpec): Record<string, string> {
  const headers: Record<string, string> = { ...spec.headers };
  const cookies = URL.canParse(spec.url) ? cookieHeader(createJar(spec.cookies).for(spec.url)) : '';
  if (cookies) headers.Cookie = [headers.Cookie, cookies].filter(Boolean).join('; ');
  return headers;
}

/** As browsers do: all but 307 and 308 become a GET without a body. */
function redirected(spec: RequestSpec, status: number, url: string): RequestSpec {
  const keepsMethod = status === 307 || status === 308 || spec.method === 'HEAD' || spec.method === 'GET';
  const headers = { ...spec.headers };
  if (!keepsMethod) {
    for (const name of Object.keys(headers)) if (/^content-/i.test(name)) delete headers[name];
  }
  // Secrets stay with the host they were meant for.
  if (new URL(url).host !== new URL(spec.url).host) {
    for (const name of Object.keys(headers)) if (/^(authorization|cookie)$/i.test(name)) delete headers[name];
  }
  const name = spec.name === spec.url ? url : spec.name;
  return { ...spec, url, name, headers, ...(keepsMethod ? {} : { method: 'GET', body: null }) };
}

const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status);

function timingsOf(startedAt: number, headersAt: number, endedAt: number): Timings {
  const unmeasured = { blocked: 0, looking_up: 0, connecting: 0, tls_handshaking: 0, sending: 0 };
  return {
    ...unmeasured,
    waiting: headersAt - startedAt,
    receiving: endedAt - headersAt,
    duration: endedAt - startedAt,
  };
}

interface Received {
  response: Response;
  bytes: Uint8Array<ArrayBuffer>;
  timings: Timings;
}

function toResponseData(
  spec: RequestSpec,
  headers: Record<string, string>,
  { response, bytes, timings }: Received,
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
    headers: canonicalHeaders(response.headers),
    body,
    timings,
    error: '',
    error_code: response.status >= 400 ? 1000 + response.status : 0,
    request: requestOf(spec, headers),
    cookies: response.headers.getSetCookie().flatMap((header) => parseSetCookie(header, spec.url) ?? []),
  };
}

function toFailedData(spec: RequestSpec, cause: unknown, timings: Timings): ResponseData {
  return failedResponse(requestOf(spec, spec.headers), describeFailure(cause), timings);
}

function requestOf(spec: RequestSpec, headers: Record<string, string>): ResponseData['request'] {
  const lists = Object.entries(headers).map(
    ([name, value]) => [canonicalName(name), [value]] as [string, string[]],
  );
  const body = typeof spec.body === 'string' ? spec.body : '';
  return { method: spec.method, url: spec.url, headers: Object.fromEntries(lists), body };
}

function canonicalHeaders(headers: Headers): Record<string, string> {
  const canonical: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = canonicalName(name);
    canonical[key] = canonical[key] === undefined ? value : `${canonical[key]}, ${value}`;
  }
  return canonical;
}

/** `Content-Type`, as Go and therefore k6's scripts write it. */
const canonicalName = (name: string) =>
  name.toLowerCase().replace(/(^|-)[a-z]/g, (initial) => initial.toUpperCase());

/** Spaces the requests of a second evenly; a limit of 0 is none. */
function createLimiter(perSecond: number): () => Promise<void> {
  let nextAt = 0;
  return async () => {
    if (perSecond <= 0) return;
    const now = performance.now();
    nextAt = Math.max(now, nextAt + 1000 / perSecond);
    if (nextAt > now) await Bun.sleep(nextAt - now);
  };
}
