import type { ApiResponse } from './api-call.ts';
import { type Call, FETCH } from './call.ts';
import type { ClientCredentials } from './credentials.ts';
import { EcsError } from './errors.ts';
import type { Log } from './log.ts';
import type { EcsClientOptions, RequestEvent } from './options.ts';
import { readText } from './read-text.ts';
import { missingResponse, readResponse } from './response.ts';
import { limitTime, throwIfAborted, untilAborted } from './timing.ts';

/** The token of the last attempt, and the one that was rejected before it. */
export interface UsedToken {
  token: string | null;
  rejected: string | undefined;
}

/** Makes one attempt and reads its response within its time. `used.token` is the one that was sent. */
export function createAttempt(client: {
  send: NonNullable<EcsClientOptions['fetch']>;
  credentials: ClientCredentials;
  options: EcsClientOptions;
  log: Log;
}) {
  const { send, credentials, options, log } = client;
  return async <T>(call: Call, event: RequestEvent, used: UsedToken): Promise<ApiResponse<T>> => {
    const { method, signals, body = null } = call;
    const leftMs = Math.max(0, call.deadlineAt - performance.now());
    const limit = limitTime(Math.min(call.timeoutMs, leftMs), signals);
    const expired = () => (limit.expired() ? timeOf(call, leftMs) : null);
    try {
      used.token = await credentials.token(limit.signal, used.rejected);
      const headers = { ...call.headers, ...credentials.headers(used.token) };
      const startedMs = performance.now();
      options.onRequest?.(event);
      log('debug', `${method} ${call.url}`, { ...event, headers });
      let hasBegun = false;
      const exchange = async () => {
        const { signal } = limit;
        const response = await untilAborted(
          send(call.url, { ...FETCH, method, headers, body, signal }),
          signal,
        );
        hasBegun = true;
        return { response, text: await readText(response, event, options.responseBytesMax, signal) };
      };
      const { response, text } = await exchange().catch((error: unknown) => {
        throw error instanceof EcsError ? error : missingResponse(error, event, expired(), hasBegun);
      });
      const { status } = response;
      const durationMs = performance.now() - startedMs;
      options.onResponse?.({ ...event, status, durationMs });
      const requestId = response.headers.get('x-request-id') ?? event.requestId;
      log('info', `${method} ${call.url} -> ${status} in ${Math.round(durationMs)} ms`, { requestId });
      log('debug', 'the headers of the response', { requestId, headers: response.headers });
      const data = readResponse(response, text, event, call.expected) as T;
      return { data, status, headers: response.headers, requestId, attempts: event.attempt };
    } catch (error) {
      throwIfAborted(signals);
      throw limit.expired() && !(error instanceof EcsError)
        ? missingResponse(error, event, expired())
        : error;
    } finally {
      limit.end();
    }
  };
}

/** The limit that ends an attempt: its own, or that of the call. */
function timeOf({ timeoutMs, deadlineMs }: Call, leftMs: number) {
  return leftMs < timeoutMs
    ? ({ timeout: 'total', limitMs: deadlineMs } as const)
    : ({ timeout: 'attempt', limitMs: timeoutMs } as const);
}
