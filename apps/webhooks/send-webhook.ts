import { type BlockList, isIP } from 'node:net';
// On Bun the bare name is a shim.
import { buildConnector, Client } from 'undici/index.js';
import { createConnector, explainTls } from '../../platform/http/tls-connector.ts';
import type { ProcessTls } from '../../platform/http/process-tls.ts';
import { untilAborted, withDeadline } from '../../platform/kernel/lifecycle.ts';
import { type LookUp, nameOfHost, resolveOpenAddresses } from '../../platform/webhooks/webhook-address.ts';

/** An attempt to deliver: the receiver's response, or why there was none. */
export interface Attempt {
  status: number | null;
  error: string | null;
  /** The beginning of the response's body. */
  response: string;
}

export type SendWebhook = (request: {
  url: string;
  headers: Record<string, string>;
  body: string;
}) => Promise<Attempt>;

/** A whole attempt, from the lookup to the last byte that is read; shorter than CLAIM_SECONDS. */
const ATTEMPT_MS = 10_000;
const RESPONSE_BYTES_MAX = 1024;
const BODY_MS = 1000;
/** Addresses of a name that are tried, each for its share of the time: a silent one hides no other. */
const ADDRESSES_MAX = 3;

/**
 * Posts to a receiver, at an address that was checked a moment before: a connection of its own, opened to
 * that address and not to the name, so that no second lookup can lead elsewhere. Redirects are responses like
 * any other. Never throws.
 */
export function createSendWebhook(options: {
  allowed: BlockList | null;
  tls: Pick<ProcessTls, 'toOthers'>;
  attemptMs?: number;
  lookUp?: LookUp;
}): SendWebhook {
  const { allowed, tls, attemptMs = ATTEMPT_MS, lookUp } = options;
  const connect = createConnector(tls.toOthers, attemptMs / ADDRESSES_MAX);
  return async ({ url: text, headers, body }) => {
    const url = new URL(text);
    const signal = AbortSignal.timeout(attemptMs);
    try {
      const addresses = await untilAborted(resolveOpenAddresses(url.hostname, allowed, lookUp), signal);
      const connectHere = connectTo(connect, addresses.slice(0, ADDRESSES_MAX), signal);
      return await post({ url, headers, body, signal, connect: connectHere });
    } catch (error) {
      return { status: null, error: reasonOf(error, signal, text), response: '' };
    }
  };
}

type Connect = ReturnType<typeof buildConnector>;

/** Connects to the first of the addresses that takes a connection; a certificate is checked by the name. */
function connectTo(connect: Connect, addresses: string[], signal: AbortSignal): Connect {
  return (options, callback) => {
    const host = nameOfHost(options.hostname);
    // TLS names no address.
    const servername = isIP(host) === 0 && options.protocol === 'https:' ? { servername: host } : {};
    const attempt = (index: number): void => {
      const hostname = addresses[index] ?? '';
      connect({ ...options, ...servername, hostname }, (...[error, socket]) => {
        if (error === null) callback(null, socket);
        else if (index + 1 < addresses.length && !signal.aborted) attempt(index + 1);
        else callback(error, null);
      });
    };
    attempt(0);
  };
}

async function post(request: {
  url: URL;
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
  connect: Connect;
}): Promise<Attempt> {
  const { url, headers, body, signal, connect } = request;
  const client = new Client(url.origin, { connect, pipelining: 0 });
  try {
    const path = `${url.pathname}${url.search}`;
    const responding = client.request({ method: 'POST', path, headers, body, signal });
    // The client ends with the signal as well; an attempt must not hang on that.
    const response = await untilAborted(responding, signal);
    return {
      status: response.statusCode,
      error: null,
      response: await readStart(response.body, RESPONSE_BYTES_MAX),
    };
  } finally {
    void client.destroy();
  }
}

/**
 * Reads no further than the limit, and for a moment: the status has told already, and the connection is not
 * used again.
 */
async function readStart(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const readChunks = async () => {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size >= bytesMax) break;
    }
  };
  await withDeadline(readChunks(), BODY_MS, 'the body is slow').catch(() => {});
  return toStorable(Buffer.concat(chunks).subarray(0, bytesMax).toString('utf8'));
}

/** Makes a foreign text storable: a delivery whose outcome cannot be stored would be sent without end. */
const toStorable = (text: string) => text.replaceAll('\u0000', '').toWellFormed();

/** Returns the reason in words that have no secret: codes and sentences of ours and of the system. */
function reasonOf(error: unknown, signal: AbortSignal, url: string): string {
  if (signal.aborted) return 'no response in time';
  const explained = explainTls(error, url);
  const { code, message } = explained as { code?: unknown; message?: unknown };
  const words = typeof message === 'string' ? message.slice(0, 200) : 'failed';
  return toStorable(typeof code === 'string' && !words.includes(code) ? `${words} (${code})` : words);
}
