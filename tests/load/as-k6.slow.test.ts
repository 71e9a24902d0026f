import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib';
import { runScript } from './harness.ts';

setDefaultTimeout(60_000);

/** The response as k6 has it, over the user's own socket and around fetch alike. */
const gzip = gzipSync('hello');
const BODIES: Record<string, [coding: string, body: BodyInit]> = {
  gzip: ['gzip', gzip],
  both: ['gzip, br', brotliCompressSync(gzip)],
  raw: ['deflate', deflateRawSync('hello')],
  none: ['br', Buffer.alloc(30, 0xff)],
  tail: ['gzip', Buffer.concat([gzip, Buffer.from('xx')])],
  short: ['gzip', gzip.subarray(0, 15)],
  empty: ['gzip', Buffer.alloc(0)],
  unknown: ['x-gzip', Buffer.from('hello')],
};

const respond = async (request: Request): Promise<Response> => {
  const { pathname, searchParams } = new URL(request.url);
  const [, kind = '', name = ''] = pathname.split('/');
  const coded = BODIES[name];
  if (kind === 'coded' && coded) return new Response(coded[1], { headers: { 'content-encoding': coded[0] } });
  if (kind === 'to') {
    const headers = { location: searchParams.get('url')!, 'set-cookie': 'way=1; Path=/' };
    return new Response('moved', { status: Number(name), headers });
  }
  if (kind === 'drip') return new Response(new ReadableStream({ start: (stream) => stream.enqueue('x') }));
  if (kind === 'loop') return new Response(null, { status: 302, headers: { location: '/loop' } });
  const body = await request.text();
  const headers = { 'set-cookie': 'end=1; Path=/' };
  return Response.json({ method: request.method, body, headers: request.headers }, { headers });
};
const servers = [0, 1].map(() => Bun.serve({ port: 0, fetch: respond }));
afterAll(() => Promise.all(servers.map((server) => server.stop(true))));
const [FIRST, SECOND] = servers.map(({ port }) => `http://127.0.0.1:${port}`);
const LOCALHOST = `http://localhost:${servers[1]!.port}`;

/** Runs code that has `send(method, path, body, params)` on both ways; it returns what it saw as JSON. */
async function both(code: string, options = '{}') {
  const results: unknown[] = [];
  for (const isAsync of [false, true]) {
    const call = isAsync ? `await http.asyncRequest(...args)` : 'http.request(...args)';
    const run = await runScript(`import http from 'k6/http';
      export const options = ${options};
      const send = async (...args) => ${call};
      export default async function () {
        const [FIRST, SECOND, LOCALHOST] = ${JSON.stringify([FIRST, SECOND, LOCALHOST])};
        console.log('SEEN ' + JSON.stringify(await (async () => { ${code} })()));
      }`);
    const text = /SEEN (.*?)"? *(?:source=console)?$/m.exec(run.stderr)?.[1] ?? run.stderr;
    const warnings = run.stderr.split('\n').flatMap((line) => /^WARN\[\d+\] (.*)/.exec(line)?.[1] ?? []);
    results.push({ value: parse(text), warnings });
  }
  expect(results[0]).toEqual(results[1] as object);
  return results[0] as { value: unknown; warnings: string[] };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

test('every coding of a body is taken off, and one that is wrong has the code of decompression', async () => {
  const { value } = await both(`const seen = {};
    for (const name of ${JSON.stringify(Object.keys(BODIES))}) {
      const { body, error_code } = await send('GET', FIRST + '/coded/' + name);
      const none = await send('GET', FIRST + '/coded/' + name, null, { responseType: 'none' });
      seen[name] = [body, error_code, none.error_code];
    }
    return seen;`);
  expect(value).toEqual({
    gzip: ['hello', 0, 0],
    both: ['hello', 0, 0],
    raw: [null, 1701, 0],
    none: [null, 1701, 0],
    tail: [null, 1701, 0],
    short: [null, 1000, 0],
    empty: [null, 1701, 0],
    unknown: ['hello', 0, 0],
  });
});

const SECRETS = `{ headers: { Authorization: 'secret', cookie: 'raw=1' }, cookies: { own: '2' } }`;

test('a redirect keeps secrets on its host, whatever the port, and says where it comes from', async () => {
  const { value } = await both(`const seen = [];
    for (const url of [SECOND, LOCALHOST]) {
      const from = FIRST + '/to/302?url=' + url + '/end';
      const r = await send('GET', from, null, ${SECRETS});
      const { authorization, cookie, referer } = r.json('headers');
      seen.push([authorization, cookie, referer === from, Object.keys(r.cookies), r.request.url === from, r.url === url + '/end']);
    }
    seen.push(Object.keys(http.cookieJar().cookiesForURL(FIRST)).sort());
    return seen;`);
  expect(value).toEqual([
    ['secret', 'own=2; way=1', true, ['end'], true, true],
    [null, 'own=2', true, ['end'], true, true],
    ['end', 'way'],
  ]);
});

test('a body goes on with 307 and 308 alone', async () => {
  const { value } = await both(`const seen = [];
    for (const status of [301, 302, 303, 307, 308]) for (const method of ['POST', 'PUT']) {
      const r = await send(method, FIRST + '/to/' + status + '?url=/end', 'x');
      seen.push([status, r.json('method'), r.json('body')].join(' '));
    }
    return seen;`);
  expect(value).toEqual([
    ...[301, 302, 303].flatMap((status) => [`${status} GET `, `${status} GET `]),
    ...[307, 308].flatMap((status) => [`${status} POST x`, `${status} PUT x`]),
  ]);
});

test('the end of a loop of redirects is warned of, unless the script has set their number', async () => {
  const code = (params: string) => `const r = await send('GET', FIRST + '/loop', null, ${params});
    return [r.status, r.url === FIRST + '/loop', r.error_code];`;
  const byDefault = await both(code('{}'));
  const bySetting = await both(code('{ redirects: 3 }'));
  const byOption = await both(code('{}'), '{ maxRedirects: 10 }');
  expect(byDefault.value).toEqual([302, true, 0]);
  expect([bySetting.value, byOption.value]).toEqual([byDefault.value, byDefault.value]);
  expect(byDefault.warnings).toEqual([expect.stringContaining('Stopped after 10 redirects')]);
  expect([bySetting.warnings, byOption.warnings]).toEqual([[], []]);
});

test('the headers of a request are those of the script, and a length that is wrong is warned of', async () => {
  const { value, warnings } = await both(`
    const r = await send('POST', FIRST + '/echo', 'abc', { headers: { 'content-length': '99', 'X-A': 1 } });
    return [Object.keys(r.request.headers).sort(), r.json('headers.content-length'), r.json('headers.accept-encoding')];`);
  expect(value).toEqual([['User-Agent', 'X-A'], '3', null]);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('Content-Length "99"');
});

test('a request that got no connection took no time, and a name stands for its address', async () => {
  const { code, stdout } = await runScript(
    `import http from 'k6/http';
     export const options = { iterations: 1, thresholds: {
       'http_reqs{url:mine}': ['count==2'], 'http_reqs{name:mine}': ['count==2'],
       'http_req_duration{error_code:1212}': ['max==0'], 'http_req_blocked{error_code:1212}': ['max==0'],
     } };
     export default async function () {
       http.get('${FIRST}/a', { tags: { name: 'mine' } });
       await http.asyncRequest('GET', '${FIRST}/b', null, { tags: { name: 'mine' } });
       http.get('http://127.0.0.1:1/');
       await http.asyncRequest('GET', 'http://127.0.0.1:1/');
     }`,
  );
  expect([code, stdout]).toEqual([0, expect.stringContaining('mine')]);
});

test('a cookie of the script is sent below the address that it was set for, its value as Go writes it', async () => {
  const { value } = await both(`const jar = http.cookieJar();
    const isSet = [jar.set(FIRST + '/a/b', 'below', '1'), jar.set(FIRST + '/a', 'all', 'x y', { Path: '/' })];
    const seen = [];
    for (const path of ['/a/c', '/other']) {
      const r = await send('GET', FIRST + path, null, { cookies: { own: '{"a"}', gone: undefined } });
      seen.push(r.json('headers.cookie'));
      jar.delete(FIRST, 'end');
    }
    return [isSet, seen];`);
  expect(value).toEqual([
    [true, true],
    ['own={a}; below=1; all="x y"', 'own={a}; all="x y"'],
  ]);
});

test('the time of a body that ends too late is that of receiving', async () => {
  const { value } = await both(`
    const { timings, error_code, status } = await send('GET', FIRST + '/drip', null, { timeout: 400 });
    return [error_code, status, timings.receiving > timings.waiting, Math.abs(timings.duration - timings.waiting - timings.receiving) < 50];`);
  expect(value).toEqual([1050, 0, true, true]);
});
