// On Bun the bare name is a shim with a Pool that does nothing.
import { Pool } from 'undici/index.js';
import type { ProcessTls } from '../../platform/http/process-tls.ts';
import { createConnector, explainTls } from '../../platform/http/tls-connector.ts';

/**
 * Requests that may stay open for hours, and probes, on connections of their own: the runtime's `fetch` has
 * one pool per process, and 256 open streams in it would leave no connection for any other request.
 */
interface StreamPool {
  /** Resolves with the head. The body ends with the upstream's, and ends it when it is canceled. */
  open(path: string, init: StreamRequest): Promise<Response>;
  /** Throws when the upstream does not say that it lives, in time. */
  probe(path: string, timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

const SILENCE_MS_MAX = 30_000;

interface StreamRequest {
  headers: Record<string, string>;
  signal: AbortSignal;
}

export function createStreamPool(origin: string, tls: Pick<ProcessTls, 'toServices'>): StreamPool {
  const connect = createConnector(tls.toServices);
  // Three heartbeats that do not come: the service is frozen or out of reach, and the client must hear of it.
  const streams = new Pool(origin, {
    connect,
    connections: null,
    bodyTimeout: SILENCE_MS_MAX,
    headersTimeout: SILENCE_MS_MAX,
    pipelining: 1,
  });
  const probes = new Pool(origin, { connect, connections: 2, pipelining: 1 });

  return {
    async open(path, init) {
      const { statusCode, headers, body } = await streams.request({ path, method: 'GET', ...init });
      return new Response(toWebStream(body), { status: statusCode, headers: toHeaders(headers) });
    },
    async probe(path, timeoutMs) {
      const { statusCode, body } = await probes
        .request({ path, method: 'GET', signal: AbortSignal.timeout(timeoutMs) })
        .catch((error: unknown) => {
          throw explainTls(error, origin);
        });
      await body.dump();
      if (statusCode !== 200) throw new Error(`returns ${statusCode}`);
    },
    async close() {
      await Promise.all([streams.destroy(), probes.destroy()]);
    },
  };
}

type Body = AsyncIterable<Uint8Array> & { destroy(): unknown };

function toWebStream(body: Body): ReadableStream<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel() {
      body.destroy();
    },
  });
}

function toHeaders(values: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(values)) {
    for (const text of [value ?? []].flat()) headers.append(name, text);
  }
  return headers;
}
