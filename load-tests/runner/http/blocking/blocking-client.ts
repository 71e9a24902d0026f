import type { HttpOptions, RequestSpec, ResponseData } from '../../protocol/requests.ts';
import { decodeBody } from '../decode-body.ts';
import { headersOf, toFailedData, toResponseData } from '../exchange.ts';
import { findFixed } from '../fixed-addresses.ts';
import { createRedirects, type Hop, redirectUrl } from '../redirects.ts';
import { createRequestWriter, type Place, type Target } from './request-bytes.ts';
import { startClock } from './request-clock.ts';
import { createTransport, type TransportServices } from './transport.ts';

/**
 * The network of a user that blocks, in its own thread: plain HTTP/1.1 over the system's own calls, measured
 * around them. A request that they could not send as fetch does goes through the main thread.
 */
export interface BlockingClient {
  /** Follows redirects. Returns also when the request failed, with the failure in the response. */
  send(spec: RequestSpec): ResponseData;
  close(): void;
}

interface BlockingServices extends TransportServices {
  /** Takes a response with the size of its body. */
  report(spec: RequestSpec, data: ResponseData, bodyBytes: number): void;
  /** Returns the addresses of a name, none when it is not found. Throws a TimeoutError at the deadline. */
  lookUp(name: string, deadline: number): string[];
  sendByMainThread(spec: RequestSpec): ResponseData;
}

/** Whether the options leave requests to the threads of the users. */
export const isDirect = ({ rps, debug, dns, blacklistIPs }: HttpOptions): boolean =>
  rps <= 0 && debug === 'off' && dns === null && blacklistIPs.length === 0;

export function createBlockingClient(options: HttpOptions, services: BlockingServices): BlockingClient {
  const { report, lookUp, sendByMainThread } = services;
  const { exchange, close } = createTransport(options, services);
  const writer = createRequestWriter();
  const find = (target: Target, deadline: number): Place => {
    const { url, port, place } = target;
    if (place) return place;
    const fixed = findFixed(url, options);
    if (!fixed) return { addresses: lookUp(url.hostname.toLowerCase(), deadline), port };
    target.place = { addresses: [fixed.remoteIp], port: fixed.connectTo ? Number(fixed.port) || 80 : port };
    return target.place;
  };
  /** Returns undefined for a request of the main thread. */
  const sendHop = (spec: RequestSpec, deadline: number): Hop | undefined => {
    const target = writer.targetOf(spec.url);
    if (!target) return undefined;
    const sentHeaders = headersOf(spec);
    const written = writer.write(spec, target, { sentHeaders, keepAlive: !options.noConnectionReuse });
    if (!written) return undefined;
    const clock = startClock();
    try {
      const place = find(target, deadline);
      if (place.addresses.length === 0) return undefined;
      const { addresses, port } = place;
      const { head, body } = exchange({ addresses, port, method: spec.method, written, deadline, clock });
      const { status, statusText, setCookies } = head;
      const headers = { ...head.headers };
      const coding = headers['Content-Encoding'];
      const bytes = coding === undefined ? body : decodeBody(body, spec, { status, coding });
      const nextUrl = redirectUrl(spec, status, headers.Location ?? null);
      const timings = clock.timings();
      const received = { status, statusText, headers, setCookies, bytes, timings, sentHeaders };
      const data = toResponseData(spec, received);
      data.remote_ip = clock.connectedTo();
      data.remote_port = target.port;
      report(spec, data, body.length);
      return { data, nextUrl };
    } catch (cause) {
      const remoteIp = clock.connectedTo();
      const remote = { remote_ip: remoteIp, remote_port: remoteIp === '' ? 0 : target.port };
      const data = toFailedData(spec, { cause, sentHeaders, timings: clock.timings(), remote });
      report(spec, data, 0);
      return { data };
    }
  };
  return {
    send(spec) {
      const deadline = performance.now() + Math.max(1, Math.round(spec.timeoutMs));
      const first = sendHop(spec, deadline);
      if (!first) return sendByMainThread(spec);
      if (first.nextUrl === undefined) return first.data;
      const { request } = first.data;
      const redirects = createRedirects(spec);
      for (let hop = first, hopSpec = spec; ; ) {
        const next = redirects.next(hopSpec, hop);
        const { earlierCookies } = redirects;
        if (!next) return { ...hop.data, request, earlierCookies };
        const nextHop = sendHop(next, deadline);
        if (!nextHop) {
          const data = sendByMainThread({ ...next, timeoutMs: deadline - performance.now() });
          return { ...data, request, earlierCookies: [...earlierCookies, ...data.earlierCookies] };
        }
        [hop, hopSpec] = [nextHop, next];
      }
    },
    close,
  };
}
