import { badResponse, missingResponse, readResponse } from './response.ts';
import { FETCH, TIMEOUT_MS, urlOf } from './call.ts';
import type { ClientCredentials } from './credentials.ts';
import { AuthenticationError, EcsError } from './errors.ts';
import type { EcsClientOptions, RequestEvent } from './options.ts';
import { limitTime, untilAborted } from './timing.ts';
import { uuidv7 } from './uuid.ts';

/**
 * One attempt of a stream; throws the EcsError of any response but one of the type. The caller reads and ends
 * its body.
 */
export type StreamOpener = (spec: {
  path: string;
  params: Record<string, string>;
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
  options: EcsClientOptions;
}): StreamOpener {
  const { base, send, credentials, options } = client;

  const connect = async (
    event: RequestEvent,
    headers: Record<string, string> & { accept: string },
    signal: AbortSignal,
  ): Promise<Response> => {
    options.onRequest?.(event);
    const startedMs = performance.now();
    const response = await send(event.url, { ...FETCH, headers, signal });
    options.onResponse?.({ ...event, status: response.status, durationMs: performance.now() - startedMs });
    const [type] = (response.headers.get('content-type') ?? '').split(/[; ]/);
    if (response.ok && type === headers.accept) return response;
    readResponse(response, await response.text(), event);
    throw badResponse(response, event, `something that is not ${headers.accept}`);
  };

  return async ({ path, params, type = EVENTS, headers, signal }) => {
    const url = urlOf(base, { path, params });
    const event = { method: 'GET', url, requestId: uuidv7(), attempt: 1 };
    const streamHeaders = { ...headers, accept: type, 'x-request-id': event.requestId };
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
