// On Bun the bare name is a shim with a Pool that does nothing.
import { Pool } from 'undici/index.js';
import type { ProcessTls } from './process-tls.ts';
import { createConnector, explainTls } from './tls-connector.ts';

/** Posts JSON to one URL of another organization's server, bounded in time, size and connections. */
interface JsonPost {
  /** Throws when there is no response in time, or one that is too large. */
  post(body: unknown, signal?: AbortSignal): Promise<{ status: number; text: string }>;
  close(): Promise<void>;
}

export function openJsonPost(options: {
  url: URL;
  timeoutMs: number;
  connections: number;
  bytesMax: number;
  tls: Pick<ProcessTls, 'toOthers'>;
}): JsonPost {
  const { url, timeoutMs, connections, bytesMax, tls } = options;
  const pool = new Pool(url.origin, {
    connections,
    connect: createConnector(tls.toOthers, timeoutMs),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  return {
    async post(question, signal) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const { statusCode, body } = await pool
        .request({
          method: 'POST',
          path: url.pathname,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(question),
          signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
        })
        .catch((error: unknown) => {
          throw explainTls(error, url.protocol);
        });
      return { status: statusCode, text: await readText(body, bytesMax) };
    },
    close: () => pool.destroy(),
  };
}

/** A faulty server may respond without end: the rest beyond the limit is not read. */
async function readText(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    // Leaving the loop ends the response.
    if (size > bytesMax) throw new Error('the response is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
