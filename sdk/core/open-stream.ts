import { badResponse, missingResponse, readResponse } from './response.ts';
import { FETCH, TIMEOUT_MS, urlOf } from './call.ts';
import type { ClientCredentials } from './credentials.ts';
import { AuthenticationError, EcsError } from './errors.ts';
import type { EcsClientOptions, RequestEvent } from './options.ts';
import { limitTime, untilAborted } from './timing.ts';
import { uuidv7 } from './uuid.ts';

/**
 * One attempt of a stream; throws the EcsError of any response but an event stream. The caller reads and ends
 * its body.
 */
export type StreamOpener = (spec: {
  path: string;
  params: Record<string, string>;
  headers: Record<string, string>;
  signal: AbortSignal;
}) => Promise<Response>;

export function createStreamOpener(client: {
  base: string;
  send: NonNullable<EcsClientOptions['fetch']>;
  credentials: ClientCredentials;
  options: EcsClientOptions;
}): StreamOpener {
  const { base, send, credentials, options } = client;

  const connect = async (
    event: RequestEvent,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Response> => {
    options.onRequest?.(event);
    const startedMs = performance.now();
    const response = await send(event.url, { ...FETCH, headers, signal });
    options.onResponse?.({ ...event, status: response.status, durationMs: performance.now() - startedMs });
    const isStream = /^text\/event-stream\b/.test(response.headers.get('content-type') ?? '');
    if (response.ok && isStream) return response;
    readResponse(response, await response.text(), event);
    throw badResponse(response, event, 'something that is not an event stream');
  };

  return async ({ path, params, headers, signal }) => {
    const url = urlOf(base, { path, params });
    const event = { method: 'GET', url, requestId: uuidv7(), attempt: 1 };
    const streamHeaders = { accept: 'text/event-stream', 'x-request-id': event.requestId, ...headers };
    const limit = limitTime(options.timeoutMs ?? TIMEOUT_MS, signal);
    const withToken = (token: string | null) => ({ ...streamHeaders, ...credentials.headers(token) });

    const connectOrRenew = async (): Promise<Response> => {
      const token = await credentials.token(limit.signal);
      try {
        return await connect(event, withToken(token), limit.signal);
      } catch (error) {
        const isRejected = error instanceof AuthenticationError && token !== null;
        if (!isRejected || !credentials.renewable) throw error;
        const renewed = await credentials.token(limit.signal, token);
        return connect({ ...event, attempt: 2 }, withToken(renewed), limit.signal);
      }
    };

    try {
      return await untilAborted(connectOrRenew(), limit.signal);
    } catch (error) {
      if (error instanceof EcsError) throw error;
      throw signal.aborted ? signal.reason : missingResponse(error, event, limit.expired());
    } finally {
      // From here on the stream's own reader watches over it.
      limit.end();
    }
  };
}
