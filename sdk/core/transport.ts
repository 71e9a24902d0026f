import { missingResponse, readResponse } from './response.ts';
import { type Call, FETCH, readBaseUrl, type RequestSpec, toCall } from './call.ts';
import { createCredentials } from './credentials.ts';
import { AuthenticationError, EcsError } from './errors.ts';
import type { EcsClientOptions, RequestEvent } from './options.ts';
import { createRetryBudget } from './retry-budget.ts';
import { createStreamOpener, type StreamOpener } from './open-stream.ts';
import { jitter, limitTime, pause, untilAborted } from './timing.ts';

export interface Transport {
  /** One call with its retries -> the JSON of its 2xx response. Throws EcsError, or the signal's reason. */
  request<T>(spec: RequestSpec): Promise<T>;
  open: StreamOpener;
  readonly backoffMs: number;
}

const BACKOFF_MS = 200;

/** Whether a failed attempt is followed by another one. */
type Retry = { delayMs: number; isRenewal: boolean } | null;

export function createTransport(options: EcsClientOptions): Transport {
  const base = readBaseUrl(options.baseUrl);
  const send = options.fetch ?? ((url, init) => fetch(url, init));
  const backoffMs = options.backoffMs ?? BACKOFF_MS;
  const credentials = createCredentials(options);
  const budget = createRetryBudget();

  /** Makes one attempt and reads its response within its time. `used.token` is the one that was sent. */
  const attemptOnce = async <T>(call: Call, event: RequestEvent, used: UsedToken): Promise<T> => {
    const { method, signal, body = null } = call;
    const leftMs = Math.max(0, call.deadlineAt - performance.now());
    const limit = limitTime(Math.min(call.timeoutMs, leftMs), signal);
    try {
      used.token = await credentials.token(limit.signal, used.rejected);
      const headers = { ...call.headers, ...credentials.headers(used.token) };
      const startedMs = performance.now();
      options.onRequest?.(event);
      const exchange = async () => {
        const response = await send(call.url, { ...FETCH, method, headers, body, signal: limit.signal });
        return { response, text: await response.text() };
      };
      const { response, text } = await untilAborted(exchange(), limit.signal).catch((error: unknown) => {
        throw missingResponse(error, event, limit.expired());
      });
      options.onResponse?.({ ...event, status: response.status, durationMs: performance.now() - startedMs });
      return readResponse(response, text, event) as T;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw limit.expired() && !(error instanceof EcsError) ? missingResponse(error, event, true) : error;
    } finally {
      limit.end();
    }
  };

  /**
   * The retry ladder. A failure goes up one rung when it may heal (no response, 408, 429, 5xx, or the first
   * attempt still at work), attempts are left, the pause fits before the deadline, and the client's budget
   * has one more. A rejected token is renewed once, at once. Every attempt of a POST carries one idempotency
   * key, so the work is done once however many arrive.
   */
  const nextRung = (error: unknown, call: Call, retries: number, used: UsedToken): Retry => {
    if (!(error instanceof EcsError)) return null;
    const isRejected = error instanceof AuthenticationError && used.token !== null;
    if (isRejected && credentials.renewable && used.rejected === undefined) {
      return { delayMs: 0, isRenewal: true };
    }
    if (!error.retryable || retries >= call.maxRetries) return null;
    const delayMs = Math.max(error.retryAfterMs ?? 0, jitter(backoffMs, retries + 1));
    if (performance.now() + delayMs >= call.deadlineAt || !budget.take()) return null;
    return { delayMs, isRenewal: false };
  };

  return {
    backoffMs,

    async request<T>(spec: RequestSpec): Promise<T> {
      const call = toCall(spec, options, base);
      const used: UsedToken = { token: null, rejected: undefined };
      let retries = 0;
      budget.addCall();
      for (let attempt = 1; ; attempt += 1) {
        call.signal?.throwIfAborted();
        const event = { method: call.method, url: call.url, requestId: call.requestId, attempt };
        try {
          return await attemptOnce<T>(call, event, used);
        } catch (error) {
          const retry = nextRung(error, call, retries, used);
          if (!retry) throw error;
          if (retry.isRenewal) used.rejected = used.token ?? undefined;
          else retries += 1;
          options.onRetry?.({ ...event, error: error as EcsError, delayMs: retry.delayMs });
          await pause(retry.delayMs, call.signal);
        }
      }
    },

    open: createStreamOpener({ base, send, credentials, options }),
  };
}

/** The token of the last attempt, and the one that was rejected before it. */
interface UsedToken {
  token: string | null;
  rejected: string | undefined;
}
