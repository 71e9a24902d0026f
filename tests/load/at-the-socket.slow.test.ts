import { dlopen } from 'bun:ffi';
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTest } from '../../load-tests/runner/execution/run.ts';
import { createBlockingClient } from '../../load-tests/runner/http/blocking/blocking-client.ts';
import { createDescriptors } from '../../load-tests/runner/http/blocking/connections.ts';
import { findLibc, openLibc } from '../../load-tests/runner/http/blocking/libc.ts';
import { readHttpOptions } from '../../load-tests/runner/options/http-options.ts';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { reportOf, runScript } from './harness.ts';
import { startRawServer } from './raw-server.ts';

setDefaultTimeout(60_000);

/** Users that block speak to the server themselves, and the report says how many requests did. */
const server = await startRawServer();
afterAll(() => server.stop());
const env = { BASE: server.url };

const ONE = `import http from 'k6/http';
  export const options = { vus: 1, iterations: 1 };
  export default function () { http.get(__ENV.BASE + '/plain'); }`;

/** Returns the figures of a run whose main thread is at work most of the time. */
async function runBusy(usesProxy: boolean) {
  const file = join(temporaryFolder(), 'script.js');
  writeFileSync(file, ONE.replace('vus: 1, iterations: 1', `vus: 2, duration: '1s'`));
  let busyUntil = 0;
  let busyMs = 0;
  const { store, generator } = await runTest({
    file,
    env,
    usesProxy,
    noColor: true,
    overrides: {},
    config: {},
    environment: {},
    secrets: {},
    noThresholds: true,
    summary: false,
    remote: { allowNet: false, cacheFolder: temporaryFolder() },
    opsUrls: [],
    signal: new AbortController().signal,
    log: () => {},
    onSample: () => {
      if (performance.now() < busyUntil + IDLE_MS) return;
      busyUntil = performance.now() + BUSY_MS;
      busyMs += BUSY_MS;
      while (performance.now() < busyUntil) continue;
    },
  });
  // Not the median: many quick requests fit into the moments in which the thread is idle.
  const meanMs = store.metrics.get('http_req_duration')!.sink.get('avg', 0)!;
  return { meanMs, busyMs, generator };
}

const BUSY_MS = 30;
const IDLE_MS = 3;

test('a busy main thread makes requests around fetch slow, and those at the socket not', async () => {
  const around = await runBusy(true);
  expect(around.generator.requests).toMatchObject({ atSocket: 0, reason: 'a proxy is set' });
  expect(around.meanMs).toBeGreaterThan(IDLE_MS);
  const direct = await runBusy(false);
  expect(direct.generator.requests).toMatchObject({ aroundFetch: 0 });
  expect(Math.min(direct.busyMs, around.busyMs)).toBeGreaterThan(300);
  expect(direct.meanMs).toBeLessThan(around.meanMs / 4);
  expect(direct.generator.warnings.join()).not.toContain('latencies include');
});

test.each([
  ['one request', ONE, {}, '1 of 1'],
  ['a limit of requests', ONE.replace('vus', 'rps: 100, vus'), {}, '0 of 1: one of the options rps,'],
  [
    'a proxy',
    ONE.replaceAll('__ENV.BASE', '"http://127.0.0.1:1"'),
    { http_proxy: server.url },
    '0 of 1: a proxy',
  ],
  [
    'a batch beside a request',
    ONE.replace('http.get', 'http.batch([__ENV.BASE, __ENV.BASE]); http.get'),
    {},
    '1 of 3',
  ],
  [
    'users on an event loop',
    ONE.replace('function', 'async function').replace('get(', `asyncRequest('GET', `),
    {},
    '0 of 1',
  ],
])(
  'the report says how many requests were measured at the socket: %s',
  async (_, script, variables, text) => {
    const { stdout } = await runScript(script, { env, variables });
    expect(stdout).toMatch(new RegExp(`requests at the socket \\.+: ${text}`));
  },
);

test('a request whose redirect cannot be read is one request, and failed', async () => {
  const { value } = await reportOf(
    `import http from 'k6/http';
     import { check } from 'k6';
     export const options = { vus: 1, iterations: 1 };
     const check1 = (r) => check(r, { failed: ({ status, error_code }) => status === 0 && error_code === 1000 });
     export default async function () {
       check1(http.get(__ENV.BASE + '/a redirect that cannot be read'));
       check1(await http.asyncRequest('GET', __ENV.BASE + '/a redirect that cannot be read'));
     }`,
    { env },
  );
  expect([value('http_reqs'), value('http_req_failed', 'passes'), value('checks', 'passes')]).toEqual([
    2, 2, 2,
  ]);
});

test('a name is looked up, and the address that responded is told', async () => {
  const { code, stderr } = await reportOf(
    `import http from 'k6/http';
     export default function () {
       const r = http.get(__ENV.BASE.replace('127.0.0.1', 'localhost') + '/plain');
       const none = http.get('http://name.invalid/');
       console.log('at ' + r.remote_ip + ', then ' + none.error_code);
     }`,
    { env },
  );
  expect([code, stderr]).toEqual([0, expect.stringMatching(/at (127\.0\.0\.1|::1), then 11\d\d/)]);
});

test('a user that waits for the rest of a body is ended, and its connection with it', async () => {
  let open = 0;
  const trickle = Bun.serve({
    port: 0,
    idleTimeout: 0,
    fetch(request) {
      open += 1;
      request.signal.addEventListener('abort', () => (open -= 1));
      const body = new ReadableStream({
        async pull(controller) {
          await Bun.sleep(20);
          controller.enqueue('x');
        },
      });
      return new Response(body);
    },
  });
  try {
    const { report, stderr, value } = await reportOf(
      `import http from 'k6/http';
       export const options = { scenarios: { a: {
         executor: 'constant-vus', vus: 3, duration: '1s', gracefulStop: '0s' } } };
       export default function () {
         try { http.get('${trickle.url.href}'); } catch (e) { console.log('caught'); } finally { console.log('finally'); }
       }`,
    );
    expect(value('iterations')).toBeUndefined();
    expect(stderr).not.toMatch(/caught|finally/);
    expect(report.state.testRunDurationMs).toBeLessThan(5000);
    await eventually('every connection is closed', () => open === 0);
  } finally {
    await trickle.stop(true);
  }
});

/** Returns the port of a listener whose queue is full, so that connecting to it waits; and its end. */
function listenAndFill() {
  const { symbols: calls } = dlopen(findLibc()!, {
    socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
    bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
    listen: { args: ['i32', 'i32'], returns: 'i32' },
    getsockname: { args: ['i32', 'ptr', 'ptr'], returns: 'i32' },
    connect: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
    close: { args: ['i32'], returns: 'i32' },
  });
  const address = new Uint8Array(16);
  address.set([2, 0, 0, 0, 127, 0, 0, 1]);
  const fds = [calls.socket(2, STREAM_NONBLOCK, 0)];
  calls.bind(fds[0]!, address, 16);
  calls.listen(fds[0]!, 0);
  calls.getsockname(fds[0]!, address, Int32Array.of(16));
  for (let count = 0; count < 3; count += 1) {
    const fd = calls.socket(2, STREAM_NONBLOCK, 0);
    calls.connect(fd, address, 16);
    fds.push(fd);
  }
  return { port: address[2]! * 256 + address[3]!, stop: () => fds.forEach((fd) => calls.close(fd)) };
}

const STREAM_NONBLOCK = 0o4001;

test('a connection that is being made is known, so that it ends with its user', () => {
  const { port, stop } = listenAndFill();
  const descriptors = createDescriptors();
  const openWhileWaiting: number[] = [];
  const client = createBlockingClient(readHttpOptions({}), {
    libc: openLibc(findLibc()!),
    descriptors,
    onWait: () => void openWhileWaiting.push(new Int32Array(descriptors).filter((place) => place > 0).length),
    report: () => {},
    lookUp: () => ['127.0.0.1'],
    sendByMainThread: () => expect.unreachable(),
  });
  try {
    const url = `http://127.0.0.1:${port}/`;
    const tags = { group: '' };
    const rest = {
      method: 'GET',
      name: url,
      headers: {},
      body: null,
      redirects: 0,
      cookies: [],
      ownCookies: [],
    };
    const { error_code: code } = client.send({
      ...rest,
      url,
      tags,
      timeoutMs: 200,
      responseType: 'text',
      expected: null,
    });
    expect(code).toBe(1050);
    expect(openWhileWaiting.length).toBeGreaterThan(1);
    expect(new Set(openWhileWaiting)).toEqual(new Set([1]));
    expect(new Int32Array(descriptors).every((place) => place === 0)).toBe(true);
  } finally {
    stop();
  }
});

test.each([
  ['noVUConnectionReuse', 3, 'keep-alive'],
  ['noConnectionReuse', 6, 'close'],
  ['throw', 1, 'keep-alive'],
])(
  'with %s a user of three iterations with two requests each opens %i connections',
  async (option, count, header) => {
    const { value, stderr, code } = await reportOf(
      `import http from 'k6/http';
     import { Counter } from 'k6/metrics';
     const opened = new Counter('opened');
     export const options = { vus: 1, iterations: 3, ${option}: true };
     export default function () {
       for (let time = 0; time < 2; time += 1) {
         const r = http.get(__ENV.BASE + '/echo');
         if (r.timings.connecting > 0) opened.add(1);
         if (!r.body.includes('Connection: ${header}')) console.log('another header');
       }
     }`,
      { env },
    );
    expect([code, value('opened'), stderr]).toEqual([0, count, expect.not.stringContaining('another')]);
  },
);
