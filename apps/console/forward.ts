import { readHttpUrl } from '../../platform/addresses/http.ts';
import type { ProcessTls } from '../../platform/http/process-tls.ts';
import { problem } from '../../platform/kernel/errors.ts';

/** The gateway, as the console calls it. */
export interface Forwarder {
  /** Throws AppError 503 when the gateway does not respond in time; a stream may go on for long. */
  send(path: string, init: ForwardedInit): Promise<Response>;
  ping(): Promise<void>;
}

interface ForwardedInit {
  method: string;
  headers: Headers;
  body?: Uint8Array<ArrayBuffer>;
  signal?: AbortSignal;
}

/** Longer than the gateway itself waits for a service. */
const RESPONSE_MS = 15_000;
const PING_MS = 1000;
const TO_BROWSER = ['content-type', 'content-disposition', 'retry-after', 'x-request-id'];

export function createForwarder(gatewayUrl: string, tls: Pick<ProcessTls, 'toServices'>): Forwarder {
  const { base } = readHttpUrl(gatewayUrl);
  const isSecured = base.startsWith('https:');

  const call = (path: string, init: BunFetchRequestInit, timeoutMs: number): Promise<Response> => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), timeoutMs);
    const signal = init.signal ? AbortSignal.any([init.signal, late.signal]) : late.signal;
    const secured = isSecured ? { tls: tls.toServices() } : {};
    const bounds = {
      signal,
      redirect: 'manual',
      // Bun's own limit would cut off a quiet event stream.
      timeout: false,
    };
    return fetch(base + path, { ...init, ...secured, ...bounds } as RequestInit).finally(() =>
      clearTimeout(timer),
    );
  };

  return {
    async send(path, init) {
      try {
        return await call(path, init, RESPONSE_MS);
      } catch (cause) {
        throw problem('upstream_unavailable', { detail: 'The gateway does not respond.', cause });
      }
    },
    async ping() {
      const response = await call('/livez', {}, PING_MS);
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the gateway returns ${response.status}`);
    },
  };
}

export const forwardedFor = (address: string | null) =>
  new Headers(address === null ? {} : { 'x-forwarded-for': address });

/** Returns a response of the gateway with the headers that concern a browser; none caches it. */
export function toBrowser(response: Response, more: Record<string, string> = {}): Response {
  const headers = new Headers({ 'cache-control': 'no-store', ...more });
  for (const name of TO_BROWSER) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(response.body, { status: response.status, headers });
}
