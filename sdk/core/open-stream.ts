import { badResponse, missingResponse, readResponse } from './response.ts';
import { extraHeaders, FETCH, type Query, TIMEOUT_MS, urlOf } from './call.ts';
import type { ClientCredentials } from './credentials.ts';
import { AuthenticationError, EcsError } from './errors.ts';
import type { Log } from './log.ts';
import type { ClientOverrides, EcsClientOptions, RequestEvent } from './options.ts';
import { readText } from './read-text.ts';
import { limitTime, linkSignals, throwIfAborted, untilAborted } from './timing.ts';
import { uuidv7 } from './uuid.ts';

/**
 * One attempt of a stream; throws the EcsError of any response but one of the type. The caller reads its body
 * and ends it, by the signal as well.
 */
export type StreamOpener = (spec: {
  path: string;
  params: Record<string, string>;
  query?: Query | undefined;
  /** Of the response; an event stream unless named. */
  type?: 'application/json';
  headers: Record<string, string>;
  signal: AbortSignal;
}) => Promise<Response>;

const EVENTS = 'text/event-stream';

export function createStreamOpener(client: {
  base: string;
  send: NonNullable<EcsClientOptions['fetch']>;
  credentials: ClientCredentials;
  options: EcsClientOptions & ClientOverrides;
  log: Log;
}): StreamOpener {
  const { base, send, credentials, options, log } = client;

  const connect = async (
    event: RequestEvent,
    headers: Record<string, string> & { accept: string },
    signals: { stream: AbortSignal; attempt: AbortSignal },
  ): Promise<Response> => {
    options.onRequest?.(event);
    log('debug', `${event.method} ${event.url}`, { ...event, headers });
    const startedMs = performance.now();
    const response = await untilAborted(
      send(event.url, { ...FETCH, headers, signal: signals.stream }),
      signals.attempt,
    );
    const { status } = response;
    options.onResponse?.({ ...event, status, durationMs: performance.now() - startedMs });
    log('info', `${event.method} ${event.url} -> ${status}, a stream`, { requestId: event.requestId });
    const [type] = (response.headers.get('content-type') ?? '').split(/[; ]/);
    if (response.ok && type === headers.accept) return response;
    readResponse(response, await readText(response, event, options.responseBytesMax, signals.attempt), event);
    throw badResponse(response, event, `something that is not ${headers.accept}`);
  };

  return async ({ path, params, query, type = EVENTS, headers, signal }) => {
    const url = urlOf(base, { path, params, query });
    const extra = extraHeaders(options);
    const event = { method: 'GET', url, requestId: extra['x-request-id'] ?? uuidv7(), attempt: 1 };
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    const connection = linkSignals([signal]);
    const limit = limitTime(timeoutMs, [connection.signal]);
    const withToken = (token: string | null) => ({
      ...extra,
      ...headers,
      accept: type,
      ...credentials.headers(token),
    });

    const connectOrRenew = async (): Promise<Response> => {
      const signals = { stream: connection.signal, attempt: limit.signal };
      const token = await credentials.token(limit.signal);
      try {
        return await connect(event, withToken(token), signals);
      } catch (error) {
        const isRejected = error instanceof AuthenticationError && token !== null;
        if (!isRejected || !credentials.renewable) throw error;
        const renewed = await credentials.token(limit.signal, token);
        return connect({ ...event, attempt: 2 }, withToken(renewed), signals);
      }
    };

    try {
      return await connectOrRenew();
    } catch (error) {
      connection.end();
      connection.abort();
      throwIfAborted([signal]);
      if (error instanceof EcsError) throw error;
      const expired = limit.expired() ? ({ timeout: 'attempt', limitMs: timeoutMs } as const) : null;
      throw missingResponse(error, event, expired);
    } finally {
      limit.end();
    }
  };
}
