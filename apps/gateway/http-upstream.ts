import { readHttpUrl } from '../../platform/addresses/http.ts';
import { CLIENT_ADDRESS_HEADER } from '../../platform/http/client-address.ts';
import { problem } from '../../platform/kernel/errors.ts';
import { DeadlineError, pause } from '../../platform/kernel/lifecycle.ts';
import type { ProcessTls } from '../../platform/http/process-tls.ts';
import type { ForwardedRequest } from '../../platform/http/request.ts';
import { GROUP, packRequests, unpackResponses } from '../../platform/http/request-group.ts';
import { explainTls } from '../../platform/http/tls-connector.ts';
import { type UpstreamRequest, createGrouping } from './batching/group-requests.ts';
import { headersOf, isNamed, SINGLE_EVENTS, withStamp } from './forward.ts';
import { createStreamPool } from './stream-pool.ts';
import type { Upstream, UpstreamName } from './upstreams.ts';
import { monotonicMs } from '../../platform/kernel/monotonic-ms.ts';

const RESPONSE_MS = 6000;
const PING_MS = 1000;

/** The service at the other end, and how it is reached. */
interface Hop {
  name: UpstreamName;
  base: string;
  /** Adds the certificates of the moment to a request. */
  secured(init: RequestInit): RequestInit;
}

export function httpUpstream(
  name: UpstreamName,
  baseUrl: string,
  tls: Pick<ProcessTls, 'toServices'>,
): Upstream {
  const { base } = readHttpUrl(baseUrl);
  const { origin, pathname: prefix, protocol } = new URL(base);
  const streamPool = createStreamPool(origin, tls);
  const secured = (init: BunFetchRequestInit) => ({ ...init, tls: tls.toServices() });
  const hop: Hop = { name, base, secured: protocol === 'https:' ? secured : (init) => init };
  const pathUnder = (path: string) => (prefix === '/' ? path : prefix + path);
  const sendAlone = (request: ForwardedRequest) => sendOne(hop, request);
  const sendGrouped = createGrouping({
    alone: ({ request }) => sendAlone(request),
    together(group) {
      const sending = sendGroup(hop, group);
      return group.map(({ request }, at) =>
        sending.then(
          (responses) => responses[at] ?? sendAlone(request),
          (error: unknown) =>
            maySendAgain(error, isRepeatable(request))
              ? sendAlone(request)
              : Promise.reject(unreachable(hop, error)),
        ),
      );
    },
  });
  return {
    send(endpoint, request) {
      if (SINGLE_EVENTS.has(endpoint)) return sendGrouped({ endpoint, request: withStamp(request) });
      if (endpoint.response.eventStream === undefined) return sendAlone(request);
      return sendOne(hop, request, (path, { headers, signal }) =>
        streamPool.open(pathUnder(path), { headers, signal }),
      );
    },
    ping: () => streamPool.probe(pathUnder('/livez'), PING_MS),
    close: streamPool.close,
  };
}

/** Returns a response for each; none of a service that did nothing: it takes no groups, or not so large. */
async function sendGroup({ name, base, secured }: Hop, group: UpstreamRequest[]): Promise<Response[]> {
  const body = packRequests(
    group.map(({ endpoint, request }) => ({
      path: endpoint.path,
      headers: headersOf(request),
      body: request.body,
    })),
  );
  return withinResponseTime(name, async (signal) => {
    const response = await fetch(
      base + GROUP.path,
      secured({ method: 'POST', body, redirect: 'manual', signal }),
    );
    const bytes = await response.bytes();
    if (response.status >= 400 && response.status < 500) return [];
    if (!response.ok) throw new Error(`returns ${response.status}`);
    return unpackResponses(bytes, group.length);
  });
}

type SendRequest = (
  path: string,
  init: { headers: Record<string, string>; signal: AbortSignal },
) => Promise<Response>;

async function sendOne(hop: Hop, request: ForwardedRequest, openStream?: SendRequest): Promise<Response> {
  const { name, base, secured } = hop;
  const { pathname, search } = new URL(request.url);
  const { method, body } = request;
  const headers = { ...headersOf(request), [CLIENT_ADDRESS_HEADER]: request.clientAddress() };
  try {
    // The deadline is for the headers; after them a stream may go on for as long as its client listens.
    return await withinResponseTime(name, async (late) => {
      const signal = method === 'GET' ? AbortSignal.any([late, request.signal]) : late;
      const fetchOnce = () =>
        fetch(
          `${base}${pathname}${search}`,
          secured({
            method,
            headers,
            ...(body === null ? {} : { body }),
            redirect: 'manual',
            signal,
            // Bun's own idle timeout would cut a quiet stream off.
            timeout: false,
          } as RequestInit),
        );
      const attempt = openStream ? () => openStream(pathname + search, { headers, signal }) : fetchOnce;
      const response = await retryUntilResponse(attempt, isRepeatable(request), signal);
      const headersToClient = withoutHopHeaders(response.headers);
      headersToClient.set('x-request-id', request.requestId);
      return new Response(response.body, { status: response.status, headers: headersToClient });
    });
  } catch (error) {
    throw unreachable(hop, error);
  }
}

function unreachable({ name, base }: Pick<Hop, 'name' | 'base'>, error: unknown): Error {
  const cause = new Error(`no response from ${name}`, { cause: explainTls(error, base) });
  return problem('upstream_unavailable', { cause });
}

async function withinResponseTime<T>(
  name: UpstreamName,
  work: (late: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DeadlineError(`no response from ${name}`)), RESPONSE_MS);
  try {
    return await work(late.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** A restart takes half a second: requests meanwhile wait for it rather than fail. */
const RESTART_MS = 2500;
const RETRY_MS = 50;

/** Whether a second attempt does nothing twice and has the response of the first, even if both are done. */
export function isRepeatable(request: Pick<ForwardedRequest, 'method' | 'headers'>): boolean {
  return request.method !== 'POST' || isNamed(request.headers);
}

/**
 * Failures of a connection that was never there: nobody listens, or the name or the address of a container
 * that has ended is still remembered.
 */
const UNSENT = new Set(
  'ConnectionRefused ECONNREFUSED EHOSTUNREACH ENETUNREACH ENOTFOUND EAI_AGAIN'.split(' '),
);
const BROKEN = new Set('ConnectionClosed ECONNRESET UND_ERR_SOCKET'.split(' '));

/** Whether a request may be sent again: it was not received, or repeating it changes nothing. */
export function maySendAgain(error: unknown, repeatable: boolean): boolean {
  const code = String((error as { code?: unknown }).code);
  return UNSENT.has(code) || (BROKEN.has(code) && repeatable);
}

async function retryUntilResponse(
  attempt: () => Promise<Response>,
  repeatable: boolean,
  signal: AbortSignal,
): Promise<Response> {
  const deadline = monotonicMs() + RESTART_MS;
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      // An address without a host takes 3 s to fail: there is time for another.
      const isLate = attempts > 1 && monotonicMs() > deadline;
      if (signal.aborted || isLate || !maySendAgain(error, repeatable)) throw error;
      await pause(RETRY_MS, signal);
    }
  }
}

/** These belong to one connection, not to the response; the body arrives decoded. */
const HOP_HEADERS = ['connection', 'keep-alive', 'transfer-encoding', 'content-encoding', 'content-length'];

function withoutHopHeaders(headers: Headers): Headers {
  const forwarded = new Headers(headers);
  for (const name of HOP_HEADERS) forwarded.delete(name);
  return forwarded;
}
