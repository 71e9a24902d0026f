import type { ApiResponse } from './api-call.ts';
import type { Call } from './call.ts';
import type { ClientCredentials } from './credentials.ts';
import { EcsError } from './errors.ts';
import { exchange } from './exchange.ts';
import type { Log } from './log.ts';
import type { EcsClientOptions, RequestEvent } from './options.ts';
import { badResponse, missingResponse, readResponse } from './response.ts';
import { limitTime, throwIfAborted } from './timing.ts';

/** The token of the last attempt, and the one that was rejected before it. */
export interface UsedToken {
  token: string | null;
  rejected: string | undefined;
}

/** A response that its reader reads as it comes, and closes: only that lets go of the caller's signals. */
export interface OpenStream {
  response: Response;
  /** Of the caller, the client, and `close`. */
  signal: AbortSignal;
  close(): void;
}

/**
 * Makes one attempt and reads its response within its time; of a stream, until it begins. `used.token` is the
 * one that was sent.
 */
export function createAttempt(client: {
  credentials: ClientCredentials;
  options: EcsClientOptions;
  log: Log;
}) {
  const { credentials, options, log } = client;
  return async <T>(call: Call, event: RequestEvent, used: UsedToken): Promise<ApiResponse<T>> => {
    const { method, signals, stream, body = null } = call;
    const leftMs = Math.max(0, call.deadlineAt - performance.now());
    const limit = limitTime(Math.min(call.timeoutMs, leftMs), signals);
    const { signal } = limit;
    const expired = () => (limit.expired() ? timeOf(call, leftMs) : null);
    let isOpen = false;
    try {
      used.token = await credentials.token(signal, used.rejected);
      const headers = { ...call.headers, ...credentials.headers(used.token) };
      const startedMs = performance.now();
      options.onRequest?.(event);
      log('debug', `${method} ${call.url}`, { ...event, headers });
      const isStream = (response: Response) =>
        response.ok && stream !== undefined && stream === typeOf(response);
      const init = { headers, body };
      const { response, text } = await exchange({ options, event, init, signal, expired, isStream });
      const { status } = response;
      const durationMs = performance.now() - startedMs;
      options.onResponse?.({ ...event, status, durationMs });
      const requestId = response.headers.get('x-request-id') ?? event.requestId;
      log('info', `${method} ${call.url} -> ${status} in ${Math.round(durationMs)} ms`, { requestId });
      log('debug', 'the headers of the response', { requestId, headers: response.headers });
      const facts = { status, headers: response.headers, requestId, attempts: event.attempt };
      if (text !== undefined) {
        const data = readResponse(response, text, event, call.expected) as T;
        if (stream) throw badResponse(response, event, `something that is not ${stream}`);
        return { data, ...facts };
      }
      limit.stop();
      isOpen = true;
      const close = () => {
        limit.end();
        limit.abort();
      };
      return { data: { response, signal, close } satisfies OpenStream as T, ...facts };
    } catch (error) {
      throwIfAborted(signals);
      throw limit.expired() && !(error instanceof EcsError)
        ? missingResponse(error, event, expired())
        : error;
    } finally {
      if (!isOpen) limit.end();
    }
  };
}

const typeOf = ({ headers }: Response) => (headers.get('content-type') ?? '').split(/[; ]/)[0];

/** The limit that ends an attempt: its own, or that of the call. */
function timeOf({ timeoutMs, deadlineMs }: Call, leftMs: number) {
  return leftMs < timeoutMs
    ? ({ timeout: 'total', limitMs: deadlineMs } as const)
    : ({ timeout: 'attempt', limitMs: timeoutMs } as const);
}
