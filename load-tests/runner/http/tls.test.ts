import { afterAll, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../../tests/harness/engines.ts';
import type { TlsOptions } from '../protocol/requests.ts';
import { openWebSocket } from '../sockets/web-socket.ts';
import type { SocketSpec } from '../protocol/sockets.ts';
import { createAddressBook } from './addresses.ts';
import { sendWithBody } from './send-with-body.ts';
import { createTlsSelection } from './tls.ts';

const folder = temporaryFolder();
const make = `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
  -keyout ${folder}/key.pem -out ${folder}/cert.pem 2>/dev/null`;
if (Bun.spawnSync(['sh', '-c', make]).exitCode !== 0) throw new Error('openssl is needed');
const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(folder, name), 'utf8'));
/** It speaks TLS 1.2 and 1.3. */
const server = Bun.serve({
  port: 0,
  tls: { key, cert },
  fetch: (request, upgrader) => (upgrader.upgrade(request) ? undefined : new Response('in')),
  websocket: { message() {} },
});
afterAll(() => server.stop(true));

const selectionOf = (versions: Partial<TlsOptions>) =>
  createTlsSelection({ certificates: [], rejectUnauthorized: false, ...versions });

async function outcomesOf(versions: Partial<TlsOptions>) {
  const tlsFor = selectionOf(versions);
  const url = new URL(`https://localhost:${server.port}/`);
  const init = {
    method: 'GET',
    headers: {},
    body: 'x',
    signal: AbortSignal.timeout(5000),
    tls: tlsFor(url, true),
  };
  const request = await sendWithBody(url.href, init).then(
    ({ status }) => status,
    () => 'refused',
  );
  const spec: SocketSpec = {
    kind: 'websocket',
    url: url.href.replace('https', 'wss'),
    method: 'GET',
    headers: {},
    body: null,
    protocols: [],
    timeoutMs: 5000,
    tags: {},
  };
  const addresses = createAddressBook({ hosts: [], blockHostnames: [], blacklistIPs: [], dns: null });
  const { promise, resolve } = Promise.withResolvers<string>();
  const network = { addresses, tlsFor, emit: () => {} };
  const controller = new AbortController();
  openWebSocket(spec, network, { listener: ({ kind }) => resolve(kind), signal: controller.signal });
  const socket = await promise;
  controller.abort();
  return { request, socket };
}

test('connections that fetch does not make keep to the versions of TLS that the option allows', async () => {
  const [tls11, tls12, tls13] = [0x0302, 0x0303, 0x0304];
  expect(await outcomesOf({})).toEqual({ request: 200, socket: 'open' });
  expect(await outcomesOf({ minVersion: tls12, maxVersion: tls13 })).toEqual({
    request: 200,
    socket: 'open',
  });
  expect(await outcomesOf({ maxVersion: tls11 })).toEqual({ request: 'refused', socket: 'failed' });
});
