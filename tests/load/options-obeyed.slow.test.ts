import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { temporaryFolder } from '../harness/engines.ts';
import { reportOf, runScript } from './harness.ts';

setDefaultTimeout(30_000);

/** An option or a parameter of a request has the effect that k6 gives it, or is refused by name. */
const DECODERS: Record<string, (data: Uint8Array) => Uint8Array> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

const server = Bun.serve({
  port: 0,
  async fetch(request) {
    const { pathname, search } = new URL(request.url);
    const headers = Object.fromEntries(request.headers);
    if (pathname === '/digest') return digest(headers.authorization, pathname + search);
    let body: Uint8Array = new Uint8Array(await request.arrayBuffer());
    const encodings = headers['content-encoding']?.split(', ') ?? [];
    for (const encoding of encodings.toReversed()) body = DECODERS[encoding]?.(body) ?? body;
    return Response.json({ headers, body: new TextDecoder().decode(body) });
  },
});
afterAll(() => server.stop(true));
const env = { BASE: `http://127.0.0.1:${server.port}`, PORT: String(server.port) };

function digest(authorization: string | undefined, path: string): Response {
  const hash = (text: string) => createHash('md5').update(text).digest('hex');
  const fieldOf = (name: string) => new RegExp(`${name}="?([^",]+)`).exec(authorization ?? '')?.[1];
  const secret = hash('ann:here:p@ss');
  const target = hash(`GET:${path}`);
  const expected = hash(`${secret}:n1:${fieldOf('nc')}:${fieldOf('cnonce')}:auth:${target}`);
  if (fieldOf('response') === expected) return new Response('in');
  const challenge = 'Digest realm="here", nonce="n1", qop="auth"';
  return new Response('', { status: 401, headers: { 'www-authenticate': challenge } });
}

/** Returns the names of the checks that failed, after a run that must succeed. */
async function failedChecks(head: string, body: string): Promise<string[]> {
  const { code, report, stderr } = await reportOf(
    `import http from 'k6/http'; import { check } from 'k6'; const B = __ENV.BASE;
     ${head}
     export default function () {
       const t = {};
       ${body}
       check(t, Object.fromEntries(Object.keys(t).map((name) => [name, () => t[name]])));
     }`,
    { env },
  );
  if (code !== 0 || report.checks.length === 0) throw new Error(`${code}: ${stderr}`);
  return report.checks.flatMap(({ name, fails }) => (fails > 0 ? name : []));
}

test.concurrent('requests are compressed, authenticated and given cookies as they ask for', async () => {
  const failed = await failedChecks(
    '',
    `for (const compression of ['gzip', 'deflate', 'br', 'zstd', 'gzip, br']) {
       const { headers, body } = http.post(B + '/x', 'hello', { compression }).json();
       t[compression] = headers['content-encoding'] === compression && body === 'hello';
     }
     const D = B.replace('//', '//ann:p%40ss@') + '/digest?a=1';
     t.digest = http.get(D, { auth: 'digest' }).body === 'in';
     t.without = http.get(D).status === 401;
     http.cookieJar().set(B, 'a', 'jar');
     const cookie = (params) => http.get(B + '/x', params).json().headers.cookie;
     t.both = cookie({ cookies: { a: 'own' } }) === 'a=own; a=jar';
     t.replaced = cookie({ cookies: { a: { value: 'own', replace: true } } }) === 'a=own';
     const r = http.get(B + '/x');
     t.remote = r.remote_ip === '127.0.0.1' && r.remote_port === Number(__ENV.PORT);`,
  );
  expect(failed).toEqual([]);
});

test.concurrent('hosts stand in the place of DNS, and forbidden ones are not called', async () => {
  const failed = await failedChecks(
    `export const options = {
       hosts: {
         'shop.example': '127.0.0.1:' + __ENV.PORT, '*.shop.example': '127.0.0.1:' + __ENV.PORT,
         'here.example': '127.0.0.1', 'bad.example': '10.1.2.3',
       },
       blockHostnames: ['*.blocked.example', 'Exact.example'],
       blacklistIPs: ['10.0.0.0/8', '127.0.0.2/32'],
     };`,
    `const r = http.get('http://shop.example/get');
     t.name = r.status === 200 && r.json('headers.host') === 'shop.example' && r.remote_ip === '127.0.0.1';
     t.wildcard = http.get('http://a.shop.example/get').status === 200;
     t.port = http.get('http://here.example:' + __ENV.PORT + '/get').status === 200;
     const code = (url) => http.get(url, { timeout: '2s' }).error_code;
     t.blocked = code('http://a.b.blocked.example/') === 1111 && code('http://exact.example') === 1111;
     t.notBlocked = code('http://blocked.example.invalid') !== 1111;
     t.blacklisted = code('http://127.0.0.2:' + __ENV.PORT) === 1110 && code('http://bad.example/') === 1110;
     t.localhost = http.get('http://localhost:' + __ENV.PORT + '/get').status === 200;`,
  );
  expect(failed).toEqual([]);
});

test.concurrent('client certificates, TLS versions and verification are as the options say', async () => {
  const folder = temporaryFolder();
  const made = Bun.spawnSync(
    [
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=tls.example',
    ].concat([
      '-addext',
      'subjectAltName=DNS:tls.example',
      '-keyout',
      `${folder}/key.pem`,
      '-out',
      `${folder}/cert.pem`,
    ]),
  );
  expect(made.exitCode).toBe(0);
  const read = (name: string) => Bun.file(`${folder}/${name}.pem`).text();
  const [key, cert] = [await read('key'), await read('cert')];
  const tlsServer = Bun.serve({
    port: 0,
    tls: { key, cert, ca: cert, requestCert: true, rejectUnauthorized: true },
    fetch: () => new Response('in'),
  });
  try {
    const script = (options: string) => `import http from 'k6/http';
      export const options = { insecureSkipTLSVerify: true, hosts: { 'tls.example': '127.0.0.1' }, ${options} };
      export default function () {
        const r = http.get('https://tls.example:${tlsServer.port}/', { timeout: '5s' });
        console.log('status ' + r.status + ' code ' + r.error_code);
      }`;
    const certificate = `{ cert: ${JSON.stringify(cert)}, key: ${JSON.stringify(key)}`;
    const statusOf = async (options: string) =>
      /status \d+ code \d+/.exec((await runScript(script(options))).stderr)?.[0];
    expect(await statusOf(`tlsAuth: [${certificate} }], tlsVersion: { min: 'tls1.2' }`)).toBe(
      'status 200 code 0',
    );
    expect(await statusOf(`tlsAuth: [${certificate}, domains: ['*.example'] }]`)).toBe('status 200 code 0');
    expect(await statusOf(`tlsAuth: [${certificate}, domains: ['other.example'] }]`)).toStartWith('status 0');
    expect(await statusOf(`tlsAuth: [${certificate} }], insecureSkipTLSVerify: false`)).toBe(
      'status 0 code 1310',
    );
  } finally {
    void tlsServer.stop(true);
  }
});

test.concurrent('a quarter of a test is a quarter of its iterations', async () => {
  const segment = `executionSegment: '1/4:1/2', executionSegmentSequence: '0,1/4,1/2,3/4,1'`;
  const { value, stderr } = await reportOf(
    `import exec from 'k6/execution';
     export const options = { ${segment}, scenarios: {
       a: { executor: 'shared-iterations', vus: 4, iterations: 40 },
       b: { executor: 'constant-arrival-rate', rate: 40, duration: '1s', preAllocatedVUs: 8, exec: 'b' } } };
     export default function () { console.log('index ' + exec.scenario.iterationInTest); }
     export function b() {}`,
  );
  // On a busy machine an arrival may find no idle user.
  expect((value('iterations') ?? 0) + (value('dropped_iterations') ?? 0)).toBe(20);
  const indexes = [...stderr.matchAll(/index (\d+)/g)].map(([, index]) => Number(index));
  expect(indexes.every((index, nth) => Math.floor(index / 4) === nth)).toBe(true);
});

test.concurrent('numbers may be texts, and names of options in any case', async () => {
  const { code, value } = await reportOf(
    `export const options = { VUs: '2', scenarios: { a: {
       Executor: 'ramping-vus', startvus: '1', stages: [{ Duration: '1s', TARGET: '2' }] } },
       minIterationDuration: '200', batch: '3', noSetup: 'true' };
     export function setup() { throw new Error('not run'); }
     export default function () {}`,
  );
  expect(code).toBe(0);
  expect(value('iterations')).toBeGreaterThan(3);
});

test.concurrent.each([
  [`thresholds: { checks: 'rate>0.9' }`, 'those of checks must be a list'],
  [`paused: true`, 'paused is not offered'],
  [`hosts: { a: 'not-an-ip' }`, 'is no IP address'],
  [`blacklistIPs: ['10.0.0.0']`, 'is no range'],
  [`blockHostnames: ['a.*.b']`, 'invalid hostname pattern'],
  [`dns: { select: 'best' }`, "dns.select: invalid value 'best'"],
  [`dns: { tll: '1s' }`, 'dns: unknown field "tll"'],
  [`tlsVersion: 'ssl9'`, "unknown TLS version 'ssl9'"],
  [`tlsCipherSuites: ['TLS_NOPE']`, "'TLS_NOPE' is not offered"],
  [`tlsAuth: [{}]`, 'needs a cert and a key'],
  [`executionSegment: '1/2:1/4'`, 'is empty'],
  [`thresholds: { http_reqs: ['count<1'], iteration_duration: ['p(950)<5'] }`, 'no percentile from 0 to 100'],
  [`summaryTrendStats: ['p(101)']`, "invalid trend column 'p(101)'"],
  [`vus: 'many', iterations: 5`, '"many" is not a number'],
  [`throw: 'maybe'`, 'neither true nor false'],
  [
    `scenarios: { a: { executor: 'per-vu-iterations', options: { browser: { type: 'chromium' } } } }`,
    'browsers are not offered',
  ],
])('refuses { %s } by name', async (options, message) => {
  const run = await runScript(`export const options = { ${options} }; export default function () {}`);
  expect([run.code, run.stderr]).toEqual([104, expect.stringContaining(message)]);
});

test.concurrent('a number of users alone is an iteration each, also in the place of scenarios', async () => {
  const alone = await reportOf(`export const options = { vus: 5 }; export default function () {}`);
  expect(alone.value('iterations')).toBe(5);
  const scenarios = await reportOf(
    `export const options = { scenarios: { a: { executor: 'per-vu-iterations', exec: 'other' } } };
     export function other() {} export default function () {}`,
    { args: ['--vus', '4'] },
  );
  expect(scenarios.value('iterations')).toBe(4);
  expect(scenarios.stderr).toContain("the command line replaces the script's scenarios as a whole");
});

test.concurrent('a GET may have a body, but not in a batch', async () => {
  const failed = await failedChecks(
    '',
    `const body = (r) => r.json('body');
     t.get = http.request('GET', B + '/x', 'query').json('headers.content-length') === '5';
     t.batch = body(http.batch([{ method: 'GET', url: B + '/x', body: 'no' }])[0]) === '';
     t.post = body(http.batch({ a: ['POST', B + '/x', 'yes'] }).a) === 'yes';`,
  );
  expect(failed).toEqual([]);
});

test.concurrent('httpDebug shows requests and responses', async () => {
  const script = (debug: string) => `import http from 'k6/http';
    export const options = { httpDebug: '${debug}' };
    export default function () { http.post(__ENV.BASE + '/x?a=1', 'sent body'); }`;
  const headers = await runScript(script('headers'), { env });
  expect(headers.stderr).toContain('POST /x?a=1 HTTP/1.1');
  expect(headers.stderr).toContain('HTTP/1.1 200 OK');
  expect(headers.stderr).not.toContain('sent body');
  expect((await runScript(script('full'), { env })).stderr).toContain('sent body');
});
