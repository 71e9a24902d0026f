import { afterAll, describe, expect, test } from 'bun:test';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { listen } from '../listen.ts';
import { createPeers } from '../../platform/http/client-address.ts';
import { openJsonPost } from '../../platform/http/json-post.ts';
import { openProcessTls } from '../../platform/http/process-tls.ts';
import { GROUP, packResponses, unpackRequests } from '../../platform/http/request-group.ts';
import type { ForwardedRequest } from '../../platform/http/request.ts';
import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { type Certificates, makeAuthority } from '../../tests/harness/certificates.ts';
import { eventually, temporaryFolder } from '../../tests/harness/engines.ts';
import { openRecorder, type Recorder } from '../../tests/harness/recorder.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { httpUpstream } from './http-upstream.ts';

/** The hop between services with TLS, by real servers and certificates. */

const HERE = 'DNS:localhost,IP:127.0.0.1';
const TOKEN = 'hunter2-never-in-clear';
const ours = makeAuthority();
const theirs = makeAuthority();
const service = ours.sign(HERE);
const gateway = ours.sign('DNS:gateway');
const foreign = theirs.sign(HERE);
const NONE = { TLS_CERT_FILE: null, TLS_KEY_FILE: null, TLS_CA_FILE: null, TLS_CLIENT_CA_FILE: null };

const runtime = createTestRuntime();
const recorders: Recorder[] = [];
afterAll(() => {
  for (const recorder of recorders) recorder.close();
});

const tlsOf = (files: Partial<typeof NONE> | Record<string, string>) =>
  openProcessTls({ ...NONE, ...files }, createTestRuntime());
const certificateOf = ({ certFile, keyFile }: Certificates) => ({
  TLS_CERT_FILE: certFile,
  TLS_KEY_FILE: keyFile,
});
/** The gateway's own certificate, and the authority that it trusts. */
const gatewayTls = tlsOf({ ...certificateOf(gateway), TLS_CA_FILE: service.caFile });

/** A service that returns the ports of its clients' connections as ids, behind a recorder of the bytes. */
async function serve(tls?: ReturnType<typeof tlsOf>) {
  const clients = new Set<number>();
  const connections: Bun.Server<undefined>[] = [];
  const peers = {
    ...createPeers(),
    add: (server: unknown) => void connections.push(server as Bun.Server<undefined>),
  };
  const groups: number[] = [];
  const server = listen({
    host: '127.0.0.1',
    port: 0,
    live: true,
    log: runtime.log,
    peers,
    ...(tls ? { tls } : {}),
    async handle(request) {
      for (const at of connections) clients.add(at.requestIP(request)?.port ?? 0);
      if (new URL(request.url).pathname !== GROUP.path)
        return Response.json({ id: 'alone' }, { status: 202 });
      const requests = unpackRequests(await request.bytes());
      groups.push(requests.length);
      return new Response(await packResponses(requests.map(() => Response.json({ id: 'grouped' }))));
    },
  });
  runtime.lifecycle.onClose('server', server.close);
  const recorder = await openRecorder(server.port);
  recorders.push(recorder);
  return { port: server.port, recorder, groups, clients };
}

function requestOf(method = 'POST'): ForwardedRequest {
  const headers = new Map([
    ['authorization', `Bearer ${TOKEN}`],
    ['content-type', 'application/json'],
  ]);
  return {
    method,
    url: 'http://localhost/v1/emotions/stream',
    headers: { get: (name) => headers.get(name) ?? null, has: (name) => headers.has(name) },
    body: method === 'POST' ? new TextEncoder().encode('{}') : null,
    signal: new AbortController().signal,
    requestId: 'r',
    trace: { traceparent: () => 't' } as ForwardedRequest['trace'],
    clientAddress: () => '203.0.113.9',
  };
}

function upstreamAt(url: string, tls: ReturnType<typeof tlsOf>) {
  const upstream = httpUpstream('credit', url, tls);
  runtime.lifecycle.onClose('upstream', upstream.close);
  return upstream;
}

/** Returns the failure of each way of a request: alone, as a stream, as a probe. */
async function failuresOf(url: string, tls: ReturnType<typeof tlsOf>): Promise<string[]> {
  const upstream = upstreamAt(url, tls);
  const reason = (error: unknown): string => {
    const { message, cause } = error as Error;
    return cause === undefined ? message : `${message} ${reason(cause)}`;
  };
  const attempts = [
    upstream.send(ENDPOINTS.analyzeCredit, requestOf(), {}),
    upstream.send(ENDPOINTS.listNotifications, requestOf('GET'), {}),
    upstream.ping(),
  ];
  const outcomes = await Promise.allSettled(attempts);
  return outcomes.map((outcome) => (outcome.status === 'rejected' ? reason(outcome.reason) : 'sent'));
}

describe('a service with a certificate', () => {
  test('takes requests of a gateway that trusts its authority, grouped and on kept connections', async () => {
    const { port, groups, clients } = await serve(tlsOf(certificateOf(service)));
    for (const host of ['localhost', '127.0.0.1']) {
      const upstream = upstreamAt(`https://${host}:${port}`, gatewayTls);
      await upstream.ping();
      const together = Array.from({ length: 10 }, () =>
        upstream.send(ENDPOINTS.sendEmotion, requestOf(), {}),
      );
      for (const response of await Promise.all(together))
        expect(await response.json()).toEqual({ id: 'grouped' });
      for (let count = 0; count < 20; count += 1)
        await (await upstream.send(ENDPOINTS.sendEmotion, requestOf(), {})).text();
    }
    expect(groups).toEqual([10, 10]);
    clients.delete(0);
    // One a host.
    expect(clients.size).toBe(2);
  });

  const WRONG: [name: string, tls: () => ReturnType<typeof tlsOf> | undefined, message: RegExp][] = [
    ['of another authority', () => tlsOf(certificateOf(foreign)), /of an authority that is not trusted/],
    ['of another name', () => tlsOf(certificateOf(ours.sign('DNS:elsewhere.example'))), /of another name/],
    ['that has expired', () => tlsOf(certificateOf(ours.sign(HERE, -1))), /is not valid now/],
    ['that is missing: plain text', () => undefined, /it speaks no TLS/],
  ];
  test.each(WRONG)('is told nothing with a certificate %s', async (_, tls, message) => {
    const { recorder, clients } = await serve(tls());
    for (const host of ['localhost', '127.0.0.1']) {
      const failures = await failuresOf(`https://${host}:${recorder.port}`, gatewayTls);
      for (const failure of failures) expect(failure).toMatch(message);
      expect(failures[0]).toContain('no response from credit');
      expect(failures.join()).not.toMatch(/hunter2|PRIVATE/);
    }
    expect(recorder.bytesSent()).not.toContain(TOKEN);
    expect([...clients]).toEqual([]);
  });

  test('takes no client without a certificate of TLS_CLIENT_CA_FILE', async () => {
    const { port, clients } = await serve(
      tlsOf({ ...certificateOf(service), TLS_CLIENT_CA_FILE: service.caFile }),
    );
    const url = `https://localhost:${port}`;
    for (const files of [{}, certificateOf(foreign), certificateOf(ours.sign('DNS:gateway', -1))]) {
      const failures = await failuresOf(url, tlsOf({ ...files, TLS_CA_FILE: service.caFile }));
      for (const failure of failures)
        expect(failure).toContain('takes no client without another certificate');
    }
    expect([...clients]).toEqual([]);
    expect(await failuresOf(url, gatewayTls)).toEqual(['sent', 'sent', 'sent']);
    // A read is tried again for 2.5 s.
  }, 20_000);
});

test('a model with a certificate of our authority is asked, one of another is told nothing', async () => {
  const right = await serve(tlsOf(certificateOf(service)));
  const wrong = await serve(tlsOf(certificateOf(foreign)));
  const post = (port: number) => {
    const url = new URL(`https://localhost:${port}/v1/predict`);
    const json = openJsonPost({ url, timeoutMs: 2000, connections: 1, bytesMax: 1000, tls: gatewayTls });
    runtime.lifecycle.onClose('model', json.close);
    return json.post({ secret: TOKEN });
  };
  expect(await post(right.port)).toMatchObject({ status: 202 });
  await expect(post(wrong.recorder.port)).rejects.toThrow(
    'TLS: its certificate is of an authority that is not',
  );
  expect(wrong.recorder.bytesSent()).not.toContain(TOKEN);
});

test('renewed files are used by new connections at SIGHUP, half-written ones are not', async () => {
  const folder = temporaryFolder();
  const files = { TLS_CERT_FILE: join(folder, 'tls.crt'), TLS_KEY_FILE: join(folder, 'tls.key') };
  const put = ({ certFile, keyFile }: Partial<Certificates>) => {
    if (certFile) copyFileSync(certFile, files.TLS_CERT_FILE);
    if (keyFile) copyFileSync(keyFile, files.TLS_KEY_FILE);
  };
  put(service);
  const tls = tlsOf(files);
  const { port } = await serve(tls);
  const used = tls.listener();
  const upstream = upstreamAt(`https://localhost:${port}`, gatewayTls);
  const serialNumber = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.end();
      });
      socket.on('error', reject);
    });
  const first = await serialNumber();
  const renewed = ours.sign(HERE);
  put({ certFile: renewed.certFile });
  process.emit('SIGHUP');
  expect(tls.listener()).toBe(used);
  expect(await serialNumber()).toBe(first);
  put(renewed);
  let failed = 0;
  const ended = new AbortController();
  const load = (async () => {
    while (!ended.signal.aborted) {
      const response = await upstream.send(ENDPOINTS.sendEmotion, requestOf(), {}).catch(() => null);
      if (response === null) failed += 1;
      else await response.text();
    }
  })();
  process.emit('SIGHUP');
  let inARow = 0;
  await eventually('every new connection has the renewed certificate', async () => {
    inARow = (await serialNumber()) === first ? 0 : inARow + 1;
    return inARow > 10;
  });
  ended.abort();
  await load;
  expect(failed).toBe(0);
});
