import { badResponse, lostAnswer, readAnswer } from './answer.ts';
import { EcsError } from './errors.ts';
import type { EcsClientOptions, RequestEvent, WriteOptions } from './options.ts';
import { jitter, limitTime, pause } from './timing.ts';
import { uuidv7 } from './uuid.ts';

export interface RequestSpec {
  method: 'GET' | 'POST';
  path: string;
  query?: Record<string, string | number | undefined>;
  body?: { contentType: string; text: string };
  options?: WriteOptions;
}

export interface Transport {
  /** One call with its retries -> the JSON of its 2xx answer. Throws EcsError, or the signal's reason. */
  request<T>(spec: RequestSpec): Promise<T>;
  /**
   * One attempt of a stream; throws the EcsError of any answer but an event stream. The caller ends its body.
   */
  open(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response>;
  readonly backoffMs: number;
}

const TIMEOUT_MS = 10_000;
const DEADLINE_MS = 30_000;
const RETRIES_MAX = 3;
const BACKOFF_MS = 200;

/** A redirect is never followed and no cookie sent: the credentials are for this address alone. */
const FETCH = { redirect: 'manual', credentials: 'omit' } as const;

export function createTransport(options: EcsClientOptions): Transport {
  const base = readBaseUrl(options.baseUrl);
  const send = options.fetch ?? ((url, init) => fetch(url, init));
  const backoffMs = options.backoffMs ?? BACKOFF_MS;

  /** Asked before each attempt, so that a token renewed meanwhile is used. */
  const credentials = async (): Promise<Record<string, string>> => {
    const token = options.tokenProvider ? await options.tokenProvider() : options.token;
    return {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(options.internalKey ? { 'x-internal-key': options.internalKey } : {}),
    };
  };

  const fetchText = async (call: Call, headers: Record<string, string>, event: RequestEvent) => {
    const { method, signal, body = null } = call;
    const leftMs = Math.max(0, call.deadlineAt - Date.now());
    const limit = limitTime(Math.min(call.timeoutMs, leftMs), signal);
    try {
      const response = await send(call.url, { ...FETCH, method, headers, body, signal: limit.signal });
      return { response, text: await response.text() };
    } catch (error) {
      throw signal?.aborted ? signal.reason : lostAnswer(error, event, limit.expired());
    } finally {
      limit.end();
    }
  };

  const attemptOnce = async <T>(call: Call, event: RequestEvent): Promise<T> => {
    const headers = { ...call.headers, ...(await credentials()) };
    const startedMs = performance.now();
    options.onRequest?.(event);
    const { response, text } = await fetchText(call, headers, event);
    options.onResponse?.({ ...event, status: response.status, durationMs: performance.now() - startedMs });
    return readAnswer(response, text, event) as T;
  };

  return {
    backoffMs,

    /**
     * The retry ladder. A failure goes up one rung when it may heal (no answer, 408, 429, 502, 503, 504, or
     * the first attempt still at work), attempts are left, and the pause fits before the deadline. Every
     * attempt of a POST carries one idempotency key, so the work is done once however many arrive.
     */
    async request<T>(spec: RequestSpec): Promise<T> {
      const call = toCall(spec, options, base);
      for (let attempt = 1; ; attempt += 1) {
        call.signal?.throwIfAborted();
        const event = { method: call.method, url: call.url, requestId: call.requestId, attempt };
        try {
          return await attemptOnce<T>(call, event);
        } catch (error) {
          if (!(error instanceof EcsError) || !error.retryable || attempt > call.maxRetries) throw error;
          const delayMs = Math.max(error.retryAfterMs ?? 0, jitter(backoffMs, attempt));
          if (Date.now() + delayMs >= call.deadlineAt) throw error;
          options.onRetry?.({ ...event, error, delayMs });
          await pause(delayMs, call.signal);
        }
      }
    },

    async open(path, headers, signal) {
      const event = { method: 'GET', url: urlOf(base, { path }), requestId: uuidv7(), attempt: 1 };
      const own = { accept: 'text/event-stream', 'x-request-id': event.requestId, ...headers };
      const all = { ...own, ...(await credentials()) };
      const limit = limitTime(options.timeoutMs ?? TIMEOUT_MS, signal);
      options.onRequest?.(event);
      try {
        const response = await send(event.url, { ...FETCH, headers: all, signal: limit.signal });
        const isStream = /^text\/event-stream\b/.test(response.headers.get('content-type') ?? '');
        if (response.ok && isStream) return response;
        const text = await response.text();
        readAnswer(response, text, event);
        throw badResponse(response, event, 'something that is not an event stream');
      } catch (error) {
        if (error instanceof EcsError) throw error;
        throw signal.aborted ? signal.reason : lostAnswer(error, event, limit.expired());
      } finally {
        // From here on the stream's own reader watches over it.
        limit.end();
      }
    },
  };
}

interface Call {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
  requestId: string;
  signal: AbortSignal | undefined;
  timeoutMs: number;
  maxRetries: number;
  deadlineAt: number;
}

function toCall(spec: RequestSpec, defaults: EcsClientOptions, base: string): Call {
  const own = spec.options ?? {};
  const requestId = uuidv7();
  return {
    method: spec.method,
    url: urlOf(base, spec),
    headers: {
      accept: 'application/json',
      'x-request-id': requestId,
      ...(spec.body ? { 'content-type': spec.body.contentType } : {}),
      ...(spec.method === 'POST' ? { 'idempotency-key': own.idempotencyKey ?? uuidv7() } : {}),
    },
    body: spec.body?.text,
    requestId,
    signal: own.signal,
    timeoutMs: own.timeoutMs ?? defaults.timeoutMs ?? TIMEOUT_MS,
    maxRetries: own.maxRetries ?? defaults.maxRetries ?? RETRIES_MAX,
    deadlineAt: Date.now() + (own.deadlineMs ?? defaults.deadlineMs ?? DEADLINE_MS),
  };
}

function readBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol)) return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  throw new EcsError(`baseUrl must be an http(s) address, not ${JSON.stringify(text)}`, {
    code: 'invalid_base_url',
  });
}

function urlOf(base: string, { path, query = {} }: Pick<RequestSpec, 'path' | 'query'>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `${base}${path}${search === '' ? '' : `?${search}`}`;
}
