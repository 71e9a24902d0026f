import { afterAll, describe, expect, test } from 'bun:test';
import { reportOf } from './harness.ts';
import { startServer } from './server.ts';

/** `k6/http` as scripts use it: every check below holds in the real k6 too. */
const server = startServer();
afterAll(() => server.stop());
const env = { BASE: server.url };

/** A body of checks over `t` (name to whether it holds), run once by a user that blocks. */
const checks = (body: string) => `
import http from 'k6/http';
import crypto from 'k6/crypto';
import encoding from 'k6/encoding';
import exec from 'k6/execution';
import { check, randomSeed } from 'k6';
const B = __ENV.BASE;
export const options = { throw: false, tags: { all: 'yes' } };
export default function () {
  const t = {};
  ${body}
  check(t, Object.fromEntries(Object.keys(t).map((name) => [name, () => t[name]])));
}`;

const PARTS: Record<string, string> = {
  'methods and bodies': `
    const echo = (r) => r.json();
    t.get = echo(http.get(B + '/x')).method === 'GET';
    t.post = echo(http.post(B + '/x', 'text')).body === 'text';
    t.put = echo(http.put(B + '/x', JSON.stringify({ a: 1 }))).method === 'PUT';
    t.patch = echo(http.patch(B + '/x', 'p')).method === 'PATCH';
    t.del = echo(http.del(B + '/x')).method === 'DELETE';
    t.options = echo(http.options(B + '/x')).method === 'OPTIONS';
    const head = http.head(B + '/x');
    t.head = head.status === 200 && (head.body === '' || head.body === null);
    t.request = echo(http.request('GET', B + '/x')).method === 'GET';
    const form = echo(http.post(B + '/x', { name: 'a b', n: 1 }));
    t.form = form.body === 'n=1&name=a+b' && form.headers['content-type'].startsWith('application/x-www-form');
    const bytes = echo(http.post(B + '/x', new Uint8Array([104, 105]).buffer));
    t.bytes = bytes.body === 'hi';
    const multi = echo(http.post(B + '/x', { f: http.file('data', 'f.txt', 'text/plain'), k: 'v' }));
    t.multipart = multi.body.includes('filename="f.txt"') && multi.headers['content-type'].startsWith('multipart/');
    t.headers = echo(http.get(B + '/x', { headers: { 'X-One': 1 } })).headers['x-one'] === '1';`,
  responses: `
    const r = http.get(B + '/json');
    t.status = r.status === 200 && r.error === '' && r.error_code === 0;
    t.header = r.headers['Content-Type'].startsWith('application/json');
    t.path = r.json('items.1.name') === 'b' && r.json('items.#') === 2;
    t.each = JSON.stringify(r.json('items.#.id')) === '[1,2]' && r.json('items.#(name=="b").id') === 2;
    t.escaped = r.json('a\\\\.b') === 3 && r.json('nope.x') === undefined;
    t.timings = r.timings.duration > 0 && r.timings.waiting > 0;
    t.request = r.request.method === 'GET' && r.request.url === B + '/json';
    t.binary = http.get(B + '/status/200', { responseType: 'binary' }).body.byteLength === 11;
    t.none = http.get(B + '/status/200', { responseType: 'none' }).body === null;`,
  'forms and names': `
    const form = (fields) => http.post(B + '/x', fields).json().body;
    t.nested = form({ a: { c: 1, b: [2, null] }, n: null, u: undefined, list: [1, [2], true] }) ===
      'a=map%5Bb%3A%5B2+%3Cnil%3E%5D+c%3A1%5D&list=1&list=%5B2%5D&list=true&n=%3Cnil%3E&u=%3Cnil%3E';
    t.date = form({ d: new Date(0) }) === 'd=1970-01-01+00%3A00%3A00+%2B0000+UTC';
    t.escaped = form({ "it's": 'a~b (c)*!' }) === 'it%27s=a~b+%28c%29%2A%21';
    t.names = form({ 'a"b': http.file('x', 'c"d.txt'), v: null }).includes('name="a\\\\"b"; filename="c\\\\"d.txt"');
    t.constants = http.TLS_1_2 === 'tls1.2' && http.OCSP_STATUS_GOOD === 'good';`,
  'what is no JSON': `
    const r = http.get(B + '/status/200');
    t.selector = r.json('a.b') === undefined;
    try { r.json(); t.whole = false; } catch (e) { t.whole = true; }`,
  'shapes and jars': `
    const r = http.get(B + '/login', { cookies: { mine: '1' } });
    const cookie = r.cookies.session[0];
    t.fields = Object.keys(cookie).join() === 'name,value,domain,path,httpOnly,secure,maxAge,expires';
    t.values = cookie.domain === '' && cookie.path === '/' && cookie.httpOnly === false && cookie.expires === 0;
    t.sent = JSON.stringify(r.request.cookies) === '{"mine":[{"name":"mine","value":"1","replace":false}]}';
    t.tls = r.tls_version === '' && r.tls_cipher_suite === '' && r.ocsp.status === '';
    const jar = http.cookieJar();
    const names = (path = '/x') => Object.keys(jar.cookiesForURL(B + path)).toSorted().join();
    jar.set(B, 'a', 1); jar.set(B, 'deep', 'x', { path: '/deep', http_only: true });
    jar.set(B, 'old', 'x', { expires: 'Wed, 01 Jan 2020 00:00:00 GMT' }); jar.set(B, 'new', 'x', { max_age: 100 });
    jar.set(B, 'other', 'x', { domain: 'other.example' }); jar.set(B, 'safe', 'x', { secure: true });
    t.set = names() === 'a,new,session' && names('/deep') === 'a,deep,new,session';
    jar.delete(B, 'a');
    t.deleted = names() === 'new,session';
    jar.clear(B);
    t.cleared = names() === '' && names('/deep') === 'deep';`,
  encodings: `
    t.null = encoding.b64decode('aGVsbG8=', null, 's') === 'hello' && encoding.b64encode('hello', null) === 'aGVsbG8=';
    t.bytes = encoding.b64encode(new Uint8Array([104, 105])) === 'aGk=';`,
  'redirects and cookies': `
    const followed = http.get(B + '/redirect/2');
    t.followed = followed.status === 200 && followed.url === B + '/echo';
    t.limited = http.get(B + '/redirect/3', { redirects: 1 }).status === 302;
    t.none = http.get(B + '/redirect/3', { redirects: 0 }).headers.Location === '/redirect/2';
    t.set = http.get(B + '/login').cookies.session[0].value === 'abc';
    t.sent = http.get(B + '/x').json('headers.cookie') === 'session=abc';
    t.given = http.get(B + '/x', { cookies: { own: '1' } }).json('headers.cookie') === 'own=1; session=abc';
    t.jar = http.cookieJar().cookiesForURL(B).session[0] === 'abc';`,
  failures: `
    const refused = http.get('http://127.0.0.1:1/');
    t.refused = refused.status === 0 && refused.error_code === 1212 && refused.body === null;
    const late = http.get(B + '/slow/1000', { timeout: '50ms' });
    t.timeout = late.status === 0 && late.error_code === 1050;
    t.url = http.get('nonsense').error_code === 1000;
    t.client = http.get(B + '/status/404').error_code === 1404;
    t.server = http.get(B + '/status/503').error_code === 1503;`,
  batch: `
    const list = http.batch([B + '/x', ['POST', B + '/x', 'b'], { method: 'PUT', url: B + '/x', body: 'c' }]);
    t.list = list.map((r) => r.json('method')).join() === 'GET,POST,PUT';
    const named = http.batch({ one: B + '/slow/60', two: B + '/slow/60' });
    t.named = named.one.body === 'at last' && named.two.status === 200;`,
  'the other modules': `
    t.md5 = crypto.md5('hello', 'hex') === '5d41402abc4b2a76b9719d911017c592';
    t.hmac = crypto.hmac('sha256', 'key', 'data', 'base64') === 'UDH+PZicbRU3oBP6bnOdojRj/a7DtwE32Cjjas4iG9A=';
    const hasher = crypto.createHash('sha1'); hasher.update('hel'); hasher.update('lo');
    t.hasher = hasher.digest('hex') === 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d';
    t.again = hasher.digest('base64') === 'qvTGHdzF6KLavt4PO0gs2a6pQ00=';
    t.bytes = crypto.randomBytes(8).byteLength === 8;
    t.b64 = encoding.b64encode('hi?>') === 'aGk/Pg==' && encoding.b64encode('hi?>', 'rawurl') === 'aGk_Pg';
    t.unb64 = encoding.b64decode('aGk/Pg==', 'std', 's') === 'hi?>';
    randomSeed(7); const a = Math.random(); randomSeed(7); t.seed = a === Math.random();
    t.vu = exec.vu.idInTest === __VU && exec.vu.iterationInScenario === __ITER && exec.scenario.name === 'default';
    t.options = exec.test.options.tags.all === 'yes' && Object.keys(exec.test.options.scenarios).join() === 'default';
    t.instance = exec.instance.vusInitialized === 1 && exec.instance.iterationsCompleted === 0;`,
};

describe('a script can rely on', () => {
  test.concurrent.each(Object.entries(PARTS))('%s', async (_, body) => {
    const { report, stderr, code } = await reportOf(checks(body), { env });
    const failed = report.checks.filter(({ fails }) => fails > 0).map(({ name }) => name);
    expect({ failed, code, errors: stderr.includes('ERRO') ? stderr : '' }).toEqual({
      failed: [],
      code: 0,
      errors: '',
    });
    expect(report.checks.length).toBeGreaterThan(1);
  });
});

test('each hop of a redirect is a request, and an expected status is no failure', async () => {
  const { value } = await reportOf(
    `import http from 'k6/http';
     export const options = { thresholds: {
       'http_reqs{status:302}': ['count==2'], 'http_reqs{name:a name}': ['count==1'],
       'http_reqs{expected_response:false}': ['count==1'] } };
     export default function () {
       http.get('${server.url}/redirect/2');
       http.get('${server.url}/status/404', { responseCallback: http.expectedStatuses(404, { min: 500, max: 599 }) });
       http.get('${server.url}/status/404', { tags: { name: 'a name' } });
       http.setResponseCallback(null);
       http.get('${server.url}/status/500');
     }`,
  );
  expect(value('http_reqs')).toBe(6);
  expect([value('http_req_failed', 'passes'), value('http_req_failed', 'fails')]).toEqual([1, 4]);
  expect([value('http_reqs{status:302}'), value('http_reqs{name:a name}')]).toEqual([2, 1]);
  expect(value('http_reqs{expected_response:false}')).toBe(1);
});
