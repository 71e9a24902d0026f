import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { type FetchTls, toSocketTls } from './tls.ts';

interface Init {
  method: string;
  headers: Record<string, string>;
  body: string | Uint8Array;
  signal: AbortSignal;
  tls?: FetchTls | undefined;
}

/** Sends a GET or HEAD with a body, which search APIs take and fetch refuses. */
export async function sendWithBody(
  url: string,
  { method, headers, body, signal, tls }: Init,
): Promise<Response> {
  const { request } = url.startsWith('https:') ? https : http;
  const length = { 'Content-Length': String(Buffer.byteLength(body)) };
  const call = request(url, { method, headers: { ...headers, ...length }, signal, ...toSocketTls(tls) });
  call.end(body);
  const [incoming] = (await once(call, 'response', { signal })) as [IncomingMessage];
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Uint8Array);
  const received = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const item of [value ?? []].flat()) received.append(name, item);
  }
  const { statusCode: status = 0, statusMessage: statusText = '' } = incoming;
  const isEmpty = method === 'HEAD' || status === 204 || status === 304;
  return new Response(isEmpty ? null : Buffer.concat(chunks), { status, statusText, headers: received });
}
