import { type ApiCall, type ApiResponse, toApiCall } from './api-call.ts';
import { createAttempt, type UsedToken } from './attempt.ts';
import { type Call, readBaseUrl, type RequestSpec, toCall } from './call.ts';
import { budgetOf, checkClientOptions, type DerivedOptions } from './client-options.ts';
import { createCredentials } from './credentials.ts';
import { AuthenticationError, EcsError } from './errors.ts';
import { checkHeaders } from './headers.ts';
import { createLog, type Log } from './log.ts';
import type { ClientOverrides, EcsClientOptions } from './options.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';
import { jitter, pause, throwIfAborted } from './timing.ts';

export interface Transport {
  /**
   * One call with its retries -> the JSON of its 2xx response. A function makes the spec where that may fail.
   * Rejects with EcsError, or the signal's reason.
   */
  request<T>(spec: RequestSpec | (() => RequestSpec | Promise<RequestSpec>)): ApiCall<T>;
  readonly backoffMs: number;
  readonly options: EcsClientOptions & ClientOverrides;
  readonly log: Log;
  /** Shared by all clients that were made of one by `withOptions`. */
  readonly budget: RetryBudget;
}

const BACKOFF_MS = 200;
/** A 401 about a password in the body; no other token changes it. */
const WRONG_PASSWORD = 'invalid_credentials';

/** Whether a failed attempt is followed by another one. */
type Retry = { delayMs: number; isRenewal: boolean } | null;

/** `refused` are options that this kind of client has not. Throws EcsArgumentError. */
export function createTransport(options: DerivedOptions, refused?: readonly string[]): Transport {
  checkClientOptions(options, refused);
  const budget = budgetOf(options) ?? createRetryBudget();
  const base = readBaseUrl(options.baseUrl);
  checkHeaders(options.headers);
  const backoffMs = options.backoffMs ?? BACKOFF_MS;
  const credentials = createCredentials(options, budget);
  const log = createLog(options);

  const attemptOnce = createAttempt({ credentials, options, log });

  /**
   * The retry ladder. A failure goes up one rung when it may heal (no response, 408, 429, 5xx, or the first
   * attempt still at work), attempts are left, the pause fits before the deadline, and the client's budget
   * has one more. A rejected token is renewed once, at once. Every attempt of a POST carries one idempotency
   * key, so the work is done once however many arrive.
   */
  const nextRung = (error: unknown, call: Call, retries: number, used: UsedToken): Retry => {
    if (!(error instanceof EcsError)) return null;
    const isRejected =
      error instanceof AuthenticationError && used.token !== null && error.code !== WRONG_PASSWORD;
    if (isRejected && credentials.renewable && used.rejected === undefined) {
      return { delayMs: 0, isRenewal: true };
    }
    if (!error.retryable || retries >= call.maxRetries) return null;
    const delayMs = Math.max(error.retryAfterMs ?? 0, jitter(backoffMs, retries + 1));
    if (performance.now() + delayMs >= call.deadlineAt || !budget.take()) return null;
    return { delayMs, isRenewal: false };
  };

  const callWithRetries = async <T>(
    spec: RequestSpec | (() => RequestSpec | Promise<RequestSpec>),
  ): Promise<ApiResponse<T>> => {
    const call = toCall(typeof spec === 'function' ? await spec() : spec, options, base);
    const used: UsedToken = { token: null, rejected: undefined };
    let retries = 0;
    budget.addCall();
    for (let attempt = 1; ; attempt += 1) {
      throwIfAborted(call.signals);
      const event = { method: call.method, url: call.url, requestId: call.requestId, attempt };
      try {
        return await attemptOnce<T>(call, event, used);
      } catch (error) {
        const retry = nextRung(error, call, retries, used);
        if (!(error instanceof EcsError)) throw error;
        const { requestId, code } = error;
        const facts = { requestId, code, attempt };
        if (!retry) {
          log('info', `${error.message}: given up`, facts);
          throw error;
        }
        if (retry.isRenewal) used.rejected = used.token ?? undefined;
        else retries += 1;
        log('info', `${error.message}: again in ${Math.round(retry.delayMs)} ms`, facts);
        options.onRetry?.({ ...event, error, delayMs: retry.delayMs });
        await pause(retry.delayMs, call.signals);
      }
    }
  };

  return {
    backoffMs,
    options,
    log,
    budget,
    request: <T>(spec: Parameters<Transport['request']>[0]) => toApiCall<T>(callWithRetries<T>(spec)),
  };
}
