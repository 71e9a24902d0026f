import type { LogLevel } from '../protocol/messages.ts';
import type { Sample } from '../protocol/metrics.ts';
import type { HttpOptions, RequestSpec, ResponseData, Timings } from '../protocol/requests.ts';
import { createAddressBook } from './addresses.ts';
import { debugText } from './debug-log.ts';
import { digestHeader } from './digest.ts';
import { NO_TIMINGS } from '../protocol/requests.ts';
import { decodeBody } from './decode-body.ts';
import { canonicalName, headersOf, toFailedData, toResponseData } from './exchange.ts';
import { describeFailure, isBeforeConnection, parseUrl } from './http-errors.ts';
import { createRedirects, type Hop, redirectUrl } from './redirects.ts';
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
    samplesOf(spec, data, bodyBytes, options).forEach(emit);
    if (options.debug !== 'off') log('info', debugText(spec, data, options.debug === 'full'));
    return data;
  };

  /** Sends one request by k6's count: each hop of a redirect is one. */
  const sendHop = async (spec: RequestSpec, deadline: AbortSignal): Promise<Hop> => {
    await waitForSlot();
    const headers = headersOf(spec);
    let startedAt: number | undefined;
    let headersAt: number | undefined;
    let remote = { remote_ip: '', remote_port: 0 };
    try {
      const url = parseUrl(spec.url);
      const destination = addresses.find(url);
      const { connectTo, remoteIp } = destination instanceof Promise ? await destination : destination;
      const remotePort = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
      remote = { remote_ip: remoteIp, remote_port: remoteIp === '' ? 0 : remotePort };
      const tls = tlsFor(url, connectTo !== undefined);
      startedAt = performance.now();
      const address = connectTo === undefined ? spec.url : replaceHost(url, connectTo);
      const sentHeaders = {
        ...(connectTo === undefined ? {} : { Host: url.host }),
        ...(options.noConnectionReuse ? { Connection: 'close' } : {}),
        ...headers,
      };
      const common = { method: spec.method, headers: sentHeaders, signal: deadline, ...(tls ? { tls } : {}) };
      const { body: sentBody } = spec;
      const isBodyless = /^(GET|HEAD)$/.test(spec.method);
      const response =
        isBodyless && sentBody !== null && sentBody.length > 0
          ? await sendWithBody(address, { ...common, body: sentBody })
          : await fetch(address, {
              ...common,
              body: isBodyless ? null : (sentBody as BodyInit | null),
              redirect: 'manual',
              keepalive: !options.noConnectionReuse && !options.noVUConnectionReuse,
              decompress: false,
            });
      headersAt = performance.now();
      const body = new Uint8Array(await response.arrayBuffer());
      const timings = timingsOf(startedAt, headersAt, performance.now());
      const { status, statusText } = response;
      const coding = response.headers.get('content-encoding') ?? undefined;
      const bytes = decodeBody(body, spec, { status, coding });
      const nextUrl = redirectUrl(spec, status, response.headers.get('location'));
      const received = toResponseData(spec, {
        status,
        statusText,
        headers: canonicalHeaders(response.headers),
        setCookies: response.headers.getSetCookie(),
        bytes,
        timings,
        sentHeaders: headers,
      });
      return { data: report(spec, { ...received, ...remote }, body.length), nextUrl };
    } catch (cause) {
      const endedAt = performance.now();
      const isBefore = startedAt === undefined || isBeforeConnection(describeFailure(cause).code);
      const failed = isBefore
        ? { timings: { ...NO_TIMINGS }, remote: { remote_ip: '', remote_port: 0 } }
        : { timings: timingsOf(startedAt ?? endedAt, headersAt ?? endedAt, endedAt), remote };
      return { data: report(spec, toFailedData(spec, { cause, sentHeaders: headers, ...failed }), 0) };
    }
  };

  return {
    async send(spec, signal) {
      const timeout = AbortSignal.timeout(Math.max(1, Math.round(spec.timeoutMs)));
      const deadline = signal ? AbortSignal.any([timeout, signal]) : timeout;
      const redirects = createRedirects(spec);
      let hopSpec = spec;
      let request: ResponseData['request'] | undefined;
      for (;;) {
        const hop = await (spec.digest === undefined
          ? sendHop(hopSpec, deadline)
          : sendWithDigest(hopSpec, spec.digest, (digestSpec) => sendHop(digestSpec, deadline)));
        request ??= hop.data.request;
        const next = redirects.next(hopSpec, hop);
        if (!next) return { ...hop.data, request, earlierCookies: redirects.earlierCookies };
        hopSpec = next;
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

function timingsOf(startedAt: number, headersAt: number, endedAt: number): Timings {
  const unmeasured = { blocked: 0, looking_up: 0, connecting: 0, tls_handshaking: 0, sending: 0 };
  return {
    ...unmeasured,
    waiting: headersAt - startedAt,
    receiving: endedAt - headersAt,
    duration: endedAt - startedAt,
  };
}

export function canonicalHeaders(headers: Headers): Record<string, string> {
  const canonical: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = canonicalName(name);
    canonical[key] = canonical[key] === undefined ? value : `${canonical[key]}, ${value}`;
  }
  return canonical;
}

/** Spaces the requests of a second evenly; 0 means no limit. */
function createLimiter(perSecond: number): () => Promise<void> {
  let nextAt = 0;
  return async () => {
    if (perSecond <= 0) return;
    const now = performance.now();
    nextAt = Math.max(now, nextAt + 1000 / perSecond);
    if (nextAt > now) await Bun.sleep(nextAt - now);
  };
}
