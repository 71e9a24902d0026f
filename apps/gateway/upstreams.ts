import type { Priority } from '../../platform/admission.ts';
import { unavailable } from '../../platform/errors.ts';
import { DeadlineError, pause } from '../../platform/lifecycle.ts';
import type { Service } from '../../platform/http.ts';
import type { HandedOn } from '../../platform/request.ts';
import type { Endpoint, EndpointName } from '../../sdk/contracts/endpoints.ts';
import { headersOf } from './hand-on.ts';

/** Where an endpoint's requests go. */
export type UpstreamName = 'credit' | 'emotion-ingestion' | 'transaction-ingestion';

export const UPSTREAM_OF: Record<EndpointName, UpstreamName> = {
  register: 'credit',
  login: 'credit',
  sendEmotion: 'emotion-ingestion',
  sendEmotionBatch: 'emotion-ingestion',
  sendTransaction: 'transaction-ingestion',
  sendTransactionBatch: 'transaction-ingestion',
  analyzeCredit: 'credit',
  listOffers: 'credit',
  getOffer: 'credit',
  acceptOffer: 'credit',
  listNotifications: 'credit',
  emotionSummary: 'credit',
};

/** What is refused last when there is too much to do: see platform/admission.ts. */
export const PRIORITY_OF: Record<EndpointName, Priority> = {
  register: 'normal',
  login: 'normal',
  sendEmotion: 'low',
  sendEmotionBatch: 'low',
  sendTransaction: 'normal',
  sendTransactionBatch: 'normal',
  analyzeCredit: 'normal',
  listOffers: 'normal',
  getOffer: 'high',
  acceptOffer: 'high',
  listNotifications: 'normal',
  emotionSummary: 'normal',
};

/** A part that requests are handed to: by HTTP, or in the same process by a call of its endpoint. */
export interface Upstream {
  /**
   * Its answer, with the request's id. Throws AppError 503 when there is none; its headers must come within
   * the deadline, its body may stream.
   */
  send(endpoint: Endpoint, request: HandedOn, params: Record<string, string>): Promise<Response>;
  ping(): Promise<void>;
}

const ANSWER_MS = 6000;
const PING_MS = 1000;

export function httpUpstream(name: UpstreamName, baseUrl: string): Upstream {
  const base = baseUrl.replace(/\/$/, '');
  return {
    async send(_endpoint, request) {
      const { pathname, search } = new URL(request.url);
      const { method, body } = request;
      const headers = headersOf(request);
      // The deadline is for the headers; after them a stream may go on for as long as its client listens.
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(new DeadlineError(`no answer from ${name}`)), ANSWER_MS);
      const signal = method === 'GET' ? AbortSignal.any([late.signal, request.signal]) : late.signal;
      const attempt = () =>
        fetch(`${base}${pathname}${search}`, {
          method,
          headers,
          ...(body === null ? {} : { body }),
          redirect: 'manual',
          signal,
          // Bun's own idle timeout would cut a quiet stream off.
          timeout: false,
        } as RequestInit);
      try {
        const response = await untilAnswered(attempt, isRepeatable(request), signal);
        const headers = withoutHopHeaders(response.headers);
        headers.set('x-request-id', request.requestId);
        return new Response(response.body, { status: response.status, headers });
      } catch (error) {
        throw unavailable('upstream_unavailable', 'A part of the service cannot be reached.', error);
      } finally {
        clearTimeout(timer);
      }
    },
    async ping() {
      const response = await fetch(`${base}/livez`, { signal: AbortSignal.timeout(PING_MS) });
      if (!response.ok) throw new Error(`answers ${response.status}`);
    },
  };
}

/** A restart takes half a second: whoever asks meanwhile waits for it rather than being refused. */
const RESTART_MS = 2500;
const RETRY_MS = 50;

/** Whether a second attempt does nothing twice, even if the first was worked on. */
function isRepeatable(request: HandedOn): boolean {
  return request.method === 'GET' || request.headers.has('idempotency-key');
}

/**
 * Tries again while nobody listens, which means that nothing was sent; after a broken connection only if that
 * is safe.
 */
async function untilAnswered(
  attempt: () => Promise<Response>,
  repeatable: boolean,
  signal: AbortSignal,
): Promise<Response> {
  const deadline = Date.now() + RESTART_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      const unsent = code === 'ConnectionRefused' || code === 'ECONNREFUSED';
      const broken = code === 'ConnectionClosed' || code === 'ECONNRESET';
      if (signal.aborted || Date.now() > deadline || !(unsent || (broken && repeatable))) throw error;
      await pause(RETRY_MS, signal);
    }
  }
}

export function directUpstream(respond: Service['respond']): Upstream {
  return { send: respond, ping: async () => {} };
}

/** These belong to one connection, not to the answer; the body arrives decoded. */
const HOP_HEADERS = ['connection', 'keep-alive', 'transfer-encoding', 'content-encoding', 'content-length'];

function withoutHopHeaders(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of HOP_HEADERS) kept.delete(name);
  return kept;
}
