import { afterAll, expect, test } from 'bun:test';
import { createBlockingClient, isDirect } from '../../load-tests/runner/http/blocking/blocking-client.ts';
import {
  closeDescriptors,
  createConnections,
  createDescriptors,
} from '../../load-tests/runner/http/blocking/connections.ts';
import { findLibc, openLibc } from '../../load-tests/runner/http/blocking/libc.ts';
import { createHttpClient } from '../../load-tests/runner/http/http-client.ts';
import { samplesOf } from '../../load-tests/runner/http/request-samples.ts';
import { readHttpOptions } from '../../load-tests/runner/options/http-options.ts';
import type { Sample } from '../../load-tests/runner/protocol/metrics.ts';
import type { RequestSpec, ResponseData } from '../../load-tests/runner/protocol/requests.ts';
import { REPLIES } from './raw-replies.ts';
import { startRawServer } from './raw-server.ts';

/** A request over the system's own calls has the result that it has over fetch, value by value. */
const server = await startRawServer();
afterAll(() => server.stop());

const libc = openLibc(findLibc() ?? 'none: this test needs Linux');

function openClients(fields: Record<string, unknown> = {}, addresses = ['127.0.0.1']) {
  const options = readHttpOptions(fields);
  const samples: Record<'direct' | 'fetched', Sample[]> = { direct: [], fetched: [] };
  const fetched = createHttpClient(options, {
    emit: (sample) => samples.fetched.push(sample),
    log: () => {},
  });
  const passedOn: RequestSpec[] = [];
  const direct = createBlockingClient(options, {
    libc,
    descriptors: createDescriptors(),
    onWait: () => {},
    report: (spec, data, bytes) => samples.direct.push(...samplesOf(spec, data, bytes, options)),
    lookUp: () => addresses,
    sendByMainThread(spec) {
      passedOn.push(spec);
      return { status: -1, cookies: [], earlierCookies: [] } as unknown as ResponseData;
    },
  });
  return { direct, fetched, samples, passedOn };
}

const specOf = (path: string, fields: Partial<RequestSpec> = {}): RequestSpec => {
  const url = /^\w+:/.test(path) ? path : server.url + encodeURI(path);
  return {
    method: 'GET',
    url,
    name: url,
    body: null,
    timeoutMs: 5000,
    redirects: 10,
    responseType: 'text',
    tags: { group: '' },
    expected: [{ min: 200, max: 399 }],
    cookies: [],
    ownCookies: [],
    ...fields,
    headers: { 'User-Agent': 'ecs-load', ...fields.headers },
  };
};

/** Times differ, and fetch does not tell the phases of a request apart; every other value is compared. */
const withoutTimes = ({ timings, ...rest }: ResponseData) => {
  expect(Object.keys(timings)).toHaveLength(8);
  expect(Object.values(timings).every((ms) => ms >= 0)).toBe(true);
  return { ...rest, headerOrder: Object.keys(rest.headers), hasDuration: timings.duration > 0 };
};

const withoutValues = (samples: Sample[]) =>
  samples.map(({ metric, tags, value }) =>
    /^http_req_(?!failed)|^data_/.test(metric) ? { metric, tags } : { metric, tags, value },
  );

async function compare(spec: RequestSpec, clients = openClients()): Promise<ResponseData> {
  const fetched = await clients.fetched.send(spec);
  const direct = clients.direct.send(spec);
  expect(withoutTimes(asFetched(direct))).toEqual(withoutTimes(fetched));
  expect(withoutValues(clients.samples.direct).map(sampleAsFetched)).toEqual(
    withoutValues(clients.samples.fetched),
  );
  expect(clients.passedOn).toEqual([]);
  clients.direct.close();
  return direct;
}

/** Fetch does not tell the end of a connection from its reset. */
const [END, RESET] = [
  { error: 'EOF', error_code: 1000 },
  { error: 'read: connection reset by peer', error_code: 1220 },
];
const asFetched = (data: ResponseData): ResponseData =>
  data.error === END.error ? { ...data, ...RESET } : data;
const sampleAsFetched = <T extends Pick<Sample, 'tags'>>(sample: T): T =>
  sample.tags.error === END.error
    ? { ...sample, tags: { ...sample.tags, ...RESET, error_code: String(RESET.error_code) } }
    : sample;

const COMPARED = Object.entries(REPLIES).filter(([name]) => !name.includes('scheme'));

test.each(COMPARED)('a server that sends %s', async (name, { method = 'GET' }) => {
  const clients = openClients();
  await compare(specOf(`/${name}`, { method, timeoutMs: name.includes('slow') ? 150 : 3000 }), clients);
});

test('a redirect to another scheme is left to the main thread, with what is left of the request', async () => {
  const { direct, passedOn } = openClients();
  direct.send(
    specOf('/a redirect to another scheme', { method: 'POST', body: 'x', cookies: [cookieOf('a', '1')] }),
  );
  expect(passedOn).toMatchObject([{ method: 'POST', url: 'ftp://a/b', body: 'x', redirects: 9 }]);
  expect(passedOn[0]!.timeoutMs).toBeLessThan(5000);
});

const BYTES = new Uint8Array([0, 255, 13, 10, 65]);

test.each([
  ['a query', specOf('/echo?a=b c#part')],
  ['other letters', specOf('/echo?é="<>|')],
  ['cookies', specOf('/echo', { cookies: [cookieOf('a', '1'), cookieOf('b', '2')] })],
  [
    'headers',
    specOf('/echo', {
      headers: { 'x-B': 'b', Accept: 'text/plain', Host: 'other', 'X-Empty': '', 'X-L': 'é' },
    }),
  ],
  [
    'a length of its own',
    specOf('/echo', { method: 'POST', body: 'ab', headers: { 'Content-Length': '99' } }),
  ],
  ['a text', specOf('/echo', { method: 'POST', body: 'hé', headers: { 'Content-Type': 'text/plain' } })],
  ['bytes', specOf('/echo', { method: 'PUT', body: BYTES })],
  ['a long body', specOf('/echo', { method: 'POST', body: 'long '.repeat(500_000), timeoutMs: 5000 })],
  ['a response as bytes', specOf('/echo', { responseType: 'binary' })],
  ['no response body', specOf('/echo', { responseType: 'none' })],
  ['another name', specOf('/echo', { name: 'a name', tags: { mine: 'yes' } })],
  ['a status that is expected', specOf('/nothing', { expected: [{ min: 404, max: 404 }] })],
  ['no expectation', specOf('/nothing', { expected: null })],
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'].map(
    (method) => [`${method} without a body`, specOf('/echo', { method })] as [string, RequestSpec],
  ),
  ['redirects, of which none is followed', specOf('/a redirect', { redirects: 0 })],
  [
    'a redirect of a POST',
    specOf('/a redirect', { method: 'POST', body: 'x', headers: { 'Content-Type': 'a' } }),
  ],
  ['a redirect with cookies', specOf('/a redirect', { cookies: [cookieOf('a', '1')] })],
  [
    'a body that is refused before it has come',
    specOf('/early', { method: 'POST', body: 'x'.repeat(8_000_000), timeoutMs: 9000 }),
  ],
  ['a port on which nobody listens', specOf('http://127.0.0.1:1/')],
])('a request with %s arrives, and its response', async (_, spec) => {
  const clients = openClients();
  const { body } = await compare(spec, clients);
  if (typeof body === 'string' && body.includes(' /echo')) expect(body).toContain(' HTTP/1.1\r\n');
});

function cookieOf(name: string, value: string) {
  const { hostname: domain } = new URL(server.url);
  const fields = { name, value, domain, hostOnly: true, path: '/', expires: 0, secure: false };
  return { ...fields, httpOnly: false, sentPath: '', maxAge: 0 };
}

test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'POST', 'PATCH'])(
  '%s is sent again when a kept connection ends only where it has no effect, as by k6',
  async (method) => {
    const { direct } = openClients();
    for (const [end, failure] of [
      ['end', END],
      ['reset', RESET],
    ] as const) {
      const key = `${method}${end}`;
      direct.send(specOf('/plain'));
      const response = direct.send(specOf(`/flaky/${key}`, { method }));
      const { body: times } = direct.send(specOf(`/times?flaky/${key}`));
      const isRepeated = /GET|HEAD|OPTIONS/.test(method);
      expect(response).toMatchObject(isRepeated ? { status: 200 } : { status: 0, ...failure });
      expect(times).toBe(isRepeated ? '2' : '1');
    }
  },
);

test('a connection is kept, and is taken again when it is sound', () => {
  const { direct } = openClients();
  const connecting = (name: string) => direct.send(specOf(name)).timings.connecting;
  expect(connecting('/plain')).toBeGreaterThan(0);
  expect(connecting('/plain')).toBe(0);
  // The next three end their connection, say so, or leave bytes in it.
  expect(connecting('/bytes behind the response')).toBe(0);
  expect(connecting('/a length and the end')).toBeGreaterThan(0);
  expect(connecting('/until the end')).toBeGreaterThan(0);
  expect(connecting('/plain')).toBeGreaterThan(0);
  const { direct: withoutReuse } = openClients({ noConnectionReuse: true });
  const single = () => withoutReuse.send(specOf('/echo'));
  expect(single().body).not.toContain('keep-alive');
  expect(single().timings.connecting).toBeGreaterThan(0);
});

test.each([
  ['TLS', specOf('https://127.0.0.1:1/')],
  ['credentials', specOf('http://user:secret@127.0.0.1:1/')],
  ['a digest', specOf('/plain', { digest: 'user:secret' })],
  ['a body that GET has not', specOf('/plain', { body: 'x' })],
  ['another method', specOf('/plain', { method: 'TRACE' })],
  ['another scheme', specOf('nonsense')],
  ['a header of the connection', specOf('/plain', { headers: { connection: 'close' } })],
  ['an expectation', specOf('/plain', { headers: { Expect: '100-continue' } })],
  ['a name that is none', specOf('/plain', { headers: { 'a b': 'c' } })],
  ['a value with a line', specOf('/plain', { headers: { a: 'b\r\nc: d' } })],
  ['a value beyond Latin-1', specOf('/plain', { headers: { a: '✓' } })],
  ['a header twice', specOf('/plain', { headers: { cookie: 'a=b', Cookie: 'c=d' } })],
])('a request with %s is left to the main thread', (_, spec) => {
  const { direct, passedOn, samples } = openClients();
  direct.send(spec);
  expect(passedOn).toEqual([spec]);
  expect(samples.direct).toEqual([]);
});

test.each([{ rps: 5 }, { httpDebug: 'full' }, { dns: { ttl: '1s' } }, { blacklistIPs: ['10.0.0.0/8'] }])(
  'with %p all requests are left to the main thread',
  (fields) => {
    expect([isDirect(readHttpOptions(fields)), isDirect(readHttpOptions({}))]).toEqual([false, true]);
  },
);

test('names are blocked, and have other addresses, by the options', async () => {
  const { port } = new URL(server.url);
  const clients = () =>
    openClients({ blockHostnames: ['*.blocked.test'], hosts: { 'other.test': `127.0.0.1:${port}` } });
  expect(await compare(specOf('http://a.blocked.test/'), clients())).toMatchObject({ error_code: 1111 });
  expect(await compare(specOf('http://other.test/plain'), clients())).toMatchObject({ body: 'hi' });
  expect(openClients().direct.send(specOf(`http://name.test:${port}/plain`))).toMatchObject({
    body: 'hi',
    remote_ip: '127.0.0.1',
    remote_port: Number(port),
  });
});

test('of several addresses the first that responds is taken', () => {
  const { port } = new URL(server.url);
  const { direct } = openClients({}, ['::1', '127.0.0.2', '127.0.0.1']);
  const response = direct.send(specOf(`http://name.test:${port}/plain`));
  expect(response).toMatchObject({ body: 'hi', remote_ip: '127.0.0.1' });
});

test('connections that a thread has left open are closed', () => {
  const descriptors = createDescriptors();
  const closed: number[] = [];
  const connections = createConnections(descriptors, (fd) => closed.push(fd));
  for (let fd = 100; fd < 120; fd += 1) {
    connections.open(fd);
    connections.keep(`origin ${fd}`, fd);
  }
  expect(closed).toEqual([100, 101, 102, 103, 104]);
  connections.close(connections.take('origin 110')!);
  closeDescriptors(descriptors, (fd) => closed.push(fd));
  expect(closed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => 100 + index));
  expect(new Set(new Int32Array(descriptors))).toEqual(new Set([0]));
});
