import { createEventParser } from '../../../sdk/core/sse.ts';
import { canonicalHeaders } from '../http/http-client.ts';
import { replaceHost } from '../http/tls.ts';
import type { SocketEvent, SocketHandle, SocketSpec } from '../protocol/sockets.ts';
import type { Network } from './network.ts';

interface Subscriber {
  listener(event: SocketEvent): void;
  signal: AbortSignal;
}

/** Opens a stream of server-sent events; `sse_event` counts them. */
export function openEventStream(spec: SocketSpec, network: Network, subscriber: Subscriber): SocketHandle {
  const { listener, signal } = subscriber;
  const controller = new AbortController();
  const deadline = AbortSignal.any([controller.signal, signal]);
  let isOver = false;
  const end = (event: SocketEvent) => {
    if (isOver) return;
    isOver = true;
    controller.abort();
    listener(event);
  };
  let isOpen = false;
  const timer = setTimeout(() => {
    if (!isOpen) end({ kind: 'failed', status: 0, headers: {}, error: 'request timeout' });
  }, spec.timeoutMs);
  const startedAt = performance.now();
  const readStream = async (): Promise<void> => {
    const response = await sendRequest(spec, network, deadline);
    const { status } = response;
    const headers = canonicalHeaders(response.headers);
    if (!response.ok || !response.body) {
      return end({ kind: 'failed', status, headers, error: `unexpected status ${status}` });
    }
    isOpen = true;
    const tags = { ...spec.tags, url: spec.url, status: String(status) };
    network.emit({ metric: 'sse_connecting', value: performance.now() - startedAt, tags });
    listener({ kind: 'open', status, headers, protocol: '' });
    const parser = createEventParser();
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      network.emit({ metric: 'data_received', value: chunk.length, tags: spec.tags });
      for (const { id, event, data } of parser.push(decoder.decode(chunk, { stream: true }))) {
        if (isOver) return;
        network.emit({ metric: 'sse_event', value: 1, tags });
        listener({ kind: 'event', id, name: event, data });
      }
    }
    end({ kind: 'close', code: 1000, reason: '' });
  };
  readStream()
    .catch((error: Error) => {
      if (!isOpen) return end({ kind: 'failed', status: 0, headers: {}, error: error.message });
      if (!isOver) listener({ kind: 'error', error: error.message });
      end({ kind: 'close', code: 1006, reason: '' });
    })
    .finally(() => clearTimeout(timer));
  return {
    send(command) {
      if (command.kind === 'close') end({ kind: 'close', code: command.code, reason: '' });
    },
  };
}

async function sendRequest(spec: SocketSpec, { addresses, tlsFor }: Network, signal: AbortSignal) {
  const url = new URL(spec.url);
  const { connectTo } = await addresses.find(url);
  const tls = tlsFor(url, connectTo !== undefined);
  const address = connectTo === undefined ? spec.url : replaceHost(url, connectTo);
  const headers = { Accept: 'text/event-stream', ...(connectTo ? { Host: url.host } : {}), ...spec.headers };
  return fetch(address, {
    method: spec.method,
    headers,
    body: spec.body as BodyInit | null,
    signal,
    ...(tls ? { tls } : {}),
  });
}
