import type { LogLevel } from '../protocol/messages.ts';
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
import { createAddressBook } from './addresses.ts';
import { debugText } from './debug-log.ts';
import { digestHeader } from './digest.ts';
import { describeFailure, parseUrl } from './http-errors.ts';
import { sendWithBody } from './send-with-body.ts';
import { samplesOf } from './request-samples.ts';
import { createTlsSelection, replaceHost } from './tls.ts';

/**
 * The network side of every request, on the main thread. Bun's fetch does not report name lookup, connecting
 * and sending apart: they are part of `waiting`, and their own metrics are 0.
 */
export interface HttpClient {
  /** Follows redirects. Resolves also when the request failed, with the failure in the response. */
  send(spec: RequestSpec, signal?: AbortSignal): Promise<ResponseData>;
}

export function createHttpClient(options: HttpOptions, { emit, log }: HttpServices): HttpClient {
  const waitForSlot = createLimiter(options.rps);
  const addresses = createAddressBook(options);
  const tlsFor = createTlsSelection(options.tls);
  const report = (spec: RequestSpec, data: ResponseData, bodyBytes: number): ResponseData => {
    samplesOf(spec, data, bodyBytes).forEach(emit);
    if (options.debug !== 'off') log('info', debugText(spec, data, options.debug === 'full'));
    return data;
  };

  /** Sends one request by k6's count: each hop of a redirect is one. */
  const sendHop = async (spec: RequestSpec, deadline: AbortSignal): Promise<Hop> => {
    await waitForSlot();
    const headers = headersOf(spec);
    let startedAt = performance.now();
    try {
      const url = parseUrl(spec.url);
      const destination = addresses.find(url);
      const { connectTo, remoteIp } = destination instanceof Promise ? await destination : destination;
      const tls = tlsFor(url, connectTo !== undefined);
      startedAt = performance.now();
      const address = connectTo === undefined ? spec.url : replaceHost(url, connectTo);
      const sentHeaders = connectTo === undefined ? headers : { Host: url.host, ...headers };
      const common = { method: spec.method, headers: sentHeaders, signal: deadline, ...(tls ? { tls } : {}) };
      const { body } = spec;
      const needsBody = body !== null && body.length > 0 && /^(GET|HEAD)$/.test(spec.method);
      const response = needsBody
        ? await sendWithBody(address, { ...common, body })
        : await fetch(address, {
            ...common,
            body: /^(GET|HEAD)$/.test(spec.method) ? null : (body as BodyInit | null),
            redirect: 'manual',
            keepalive: !options.noConnectionReuse,
          });
      const headersAt = performance.now();
      const bytes = new Uint8Array(await response.arrayBuffer());
      const timings = timingsOf(startedAt, headersAt, performance.now());
      const received = toResponseData(spec, headers, { response, bytes, timings });
      const remotePort = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
      const remote = { remote_ip: remoteIp, remote_port: remoteIp === '' ? 0 : remotePort };
      const data = report(spec, { ...received, ...remote }, bytes.length);
      const location = isRedirect(response.status) ? response.headers.get('location') : null;
      return location === null ? { data } : { data, nextUrl: new URL(location, spec.url).href };
    } catch (error) {
      const endedAt = performance.now();
      const data = toFailedData(spec, error, timingsOf(startedAt, endedAt, endedAt));
      return { data: report(spec, data, 0) };
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
        const { data, nextUrl } = await (spec.digest === undefined
          ? sendHop(hopSpec, deadline)
          : sendWithDigest(hopSpec, spec.digest, (digestSpec) => sendHop(digestSpec, deadline)));
        cookies.push(...data.cookies);
        jar.add(data.cookies);
        if (nextUrl === undefined || redirects >= spec.redirects) return { ...data, cookies };
        hopSpec = { ...redirected(hopSpec, data.status, nextUrl), cookies: jar.all() };
      }
    },
  };
}

interface HttpServices {
  emit(sample: Sample): void;
  log(level: LogLevel, text: string): void;
}

/** Sends a request, and again with the answer to the challenge of its first response. */
async function sendWithDigest(
  spec: RequestSpec,
  credentials: string,
  send: (spec: RequestSpec) => Promise<Hop>,
): Promise<Hop> {
  // The first response always is a 401.
  const expected = spec.expected === null ? null : [{ min: 401, max: 401 }];
  const first = await send({ ...spec, expected });
  if (first.data.status !== 401) return first;
  const { pathname, search } = new URL(spec.url);
  const request = { method: spec.method, path: pathname + search, credentials };
  const authorization = digestHeader(first.data.headers['Www-Authenticate'] ?? null, request);
  if (authorization === null) return first;
  return send({ ...spec, headers: { ...spec.headers, Authorization: authorization } });
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
    remote_ip: '',
    remote_port: 0,
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

export function canonicalHeaders(headers: Headers): Record<string, string> {
  const canonical: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = canonicalName(name);
    canonical[key] = canonical[key] === undefined ? value : `${canonical[key]}, ${value}`;
  }
  return canonical;
}

/** `Content-Type`, as Go and therefore k6's scripts write it. */
export const canonicalName = (name: string) =>
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
