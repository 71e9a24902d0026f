import type { EcsClientOptions } from './options.ts';
import { EcsClient } from '../client.ts';

export interface ReceivedRequest {
  method: string;
  path: string;
  headers: Headers;
  body: string;
}

type Respond = (received: ReceivedRequest, index: number, request: Request) => Response | Promise<Response>;

/**
 * A real HTTP server for the client's tests: it responds by the number of the request and remembers all of
 * them.
 */
export function startTestServer(respond: Respond) {
  const requests: ReceivedRequest[] = [];
  const server = Bun.serve({
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const received = {
        method: request.method,
        path: pathname + search,
        headers: new Headers(request.headers),
        body: await request.text(),
      };
      requests.push(received);
      return respond(received, requests.length - 1, request);
    },
  });
  const baseUrl = `http://localhost:${server.port}`;
  return {
    baseUrl,
    requests,
    client: (options: Partial<EcsClientOptions> = {}) =>
      new EcsClient({ baseUrl, backoffMs: 1, timeoutMs: 2_000, ...options }),
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

export function problem(
  status: number,
  code: string,
  extra: Record<string, unknown> = {},
  retryAfter?: string,
) {
  const document = {
    type: `urn:ecs:problem:${code}`,
    title: 'T',
    status,
    detail: 'D',
    code,
    requestId: 'r-1',
  };
  return Response.json(
    { ...document, ...extra },
    {
      status,
      headers: {
        'content-type': 'application/problem+json',
        'x-request-id': 'r-1',
        ...(retryAfter ? { 'retry-after': retryAfter } : {}),
      },
    },
  );
}

/** Returns the reason a promise rejects with; undefined when it resolves. */
export function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Returns the listeners of a signal from now on, as they come and go. */
export function listenersOf(signal: AbortSignal): Set<unknown> {
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  Object.assign(signal, {
    addEventListener(...[type, listener, options]: Parameters<typeof addEventListener>) {
      listeners.add(listener);
      addEventListener.call(signal, type, listener, options);
    },
    removeEventListener(...[type, listener]: Parameters<typeof removeEventListener>) {
      listeners.delete(listener);
      removeEventListener.call(signal, type, listener);
    },
  });
  return listeners;
}

export const USER = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a';
