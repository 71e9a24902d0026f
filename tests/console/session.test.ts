import { request } from 'node:http';
import { beforeAll, describe, expect, test } from 'bun:test';
import { newAccount } from '../harness/operators.ts';
import { newCustomer, useSystem } from '../harness/system.ts';

/** The console as a stranger meets it: over HTTP, without its pages. */
/** A proxy on this machine, which names its clients, is trusted by the console and by the gateway. */
const system = useSystem({ split: false, variables: { TRUSTED_PROXIES: '127.0.0.1' } });
let consoleUrl: string;
let account: { name: string; password: string };

beforeAll(async () => {
  consoleUrl = system().state().consoleUrl ?? '';
  account = await newAccount(system().sql, ['viewer']);
});

/** As a page of the console sends it. */
const PAGE = { 'x-ecs-console': 'page' };
const OWN = { ...PAGE, 'sec-fetch-site': 'same-origin' };
const post = (path: string, body: unknown, headers: Record<string, string> = OWN) =>
  fetch(new URL(path, consoleUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(new URL(path, consoleUrl), { headers: { ...PAGE, ...headers }, redirect: 'manual' });
const codeOf = async (response: Response) => ((await response.json()) as { code?: string }).code;

async function signIn(): Promise<{ cookie: string; attributes: string }> {
  const response = await post('session', account);
  expect(response.status).toBe(200);
  const [cookie = '', ...attributes] = (response.headers.get('set-cookie') ?? '').split('; ');
  return { cookie, attributes: attributes.join('; ') };
}

describe('a session', () => {
  test('is a cookie that no script reads, for the console alone, as long as its token', async () => {
    const { cookie, attributes } = await signIn();
    expect(attributes).toBe('Max-Age=3600; Path=/console; HttpOnly; SameSite=Strict');
    const who = await get('session', { cookie });
    expect([who.headers.get('cache-control'), await who.json()]).toMatchObject([
      'no-store',
      { name: account.name, roles: ['viewer'] },
    ]);
    expect(JSON.stringify([...who.headers])).not.toContain(cookie.split('=')[1] ?? 'x');
  });

  test('has no token in any response, and none is taken from a header', async () => {
    const { cookie } = await signIn();
    const token = cookie.split('=')[1] ?? '';
    expect(await codeOf(await get('api/v1/operators/me', { authorization: `Bearer ${token}` }))).toBe(
      'missing_token',
    );
    const response = await get('api/v1/operators/me', { cookie, authorization: 'Bearer x' });
    expect([response.status, (await response.text()).includes(token)]).toEqual([200, false]);
  });

  test('of a customer, of nobody or of nonsense opens nothing', async () => {
    const { token } = await newCustomer(system().url);
    for (const value of [token, 'x.y.z', '"', '%00', '']) {
      expect((await get('api/v1/operators/me', { cookie: `ecs_console=${value}` })).status).toBe(401);
    }
    expect(await (await get('session')).json()).toBeNull();
  });

  test('that is over takes no cookie away, which may be of a newer one by then; signing out does', async () => {
    for (const path of ['session', 'api/v1/operators/me']) {
      const over = await get(path, { cookie: 'ecs_console=x.y.z' });
      expect([over.status, over.headers.get('set-cookie')]).toEqual([401, null]);
    }
    const out = await fetch(new URL('session', consoleUrl), { method: 'DELETE', headers: OWN });
    expect([out.status, out.headers.get('set-cookie')]).toEqual([
      204,
      'ecs_console=; Max-Age=0; Path=/console; HttpOnly; SameSite=Strict',
    ]);
  });

  test('serves the pages of its own operator alone; a newer one of the same operator goes on', async () => {
    const [first, again] = [await signIn(), await signIn()];
    const who = await get('session', { cookie: first.cookie });
    const mark = who.headers.get('x-ecs-console') ?? '';
    const asPage = async (cookie: string) =>
      codeOf(await get('api/v1/operators/me', { cookie, 'x-ecs-console': mark }));
    expect([await asPage(first.cookie), await asPage(again.cookie)]).toEqual([undefined, undefined]);
    const second = await post('session', await newAccount(system().sql, ['viewer']));
    const [cookie = ''] = (second.headers.get('set-cookie') ?? '').split('; ');
    expect(await asPage(cookie)).toBe('session_replaced');
    const act = { ids: ['1'], note: 'x' };
    const headers = { ...OWN, cookie, 'x-ecs-console': mark };
    expect(await codeOf(await post('api/v1/operators/dead-letter-replays', act, headers))).toBe(
      'session_replaced',
    );
    const out = await fetch(new URL('session', consoleUrl), { method: 'DELETE', headers });
    expect([await codeOf(out), out.headers.get('set-cookie')]).toEqual(['session_replaced', null]);
    expect(mark).not.toContain(account.name);
  });

  test('is not made by a wrong password, and the limits of guesses hold', async () => {
    const guess = { name: (await newAccount(system().sql)).name, password: 'wrong' };
    const codes: (string | undefined)[] = [];
    for (let attempt = 0; attempt < 30 && codes.at(-1) !== 'too_many_attempts'; attempt += 1) {
      codes.push(await codeOf(await post('session', guess)));
    }
    expect([codes[0], codes.at(-1)]).toEqual(['invalid_credentials', 'too_many_attempts']);
  });
});

test('the limits of guesses count by the address of the browser, through console and gateway', async () => {
  const guess = { name: (await newAccount(system().sql)).name, password: 'wrong' };
  const guessFrom = async (address: string) =>
    codeOf(await post('session', guess, { ...OWN, 'x-forwarded-for': address }));
  const codes: (string | undefined)[] = [];
  for (let attempt = 0; attempt < 30 && codes.at(-1) !== 'too_many_attempts'; attempt += 1) {
    codes.push(await guessFrom('203.0.113.7'));
  }
  expect(codes.at(-1)).toBe('too_many_attempts');
  expect(await guessFrom('203.0.113.8')).toBe('invalid_credentials');
  // A name of the browser's own in front of the proxy's does not count.
  expect(await guessFrom('198.51.100.1, 203.0.113.7')).toBe('too_many_attempts');
});

describe('another site', () => {
  test.each([
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ 'sec-fetch-site': 'none' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ origin: 'https://CONSOLE' }],
    [{ origin: 'http://CONSOLE.example' }],
    [{}],
  ])('that sends %p acts for nobody', async (headers: Record<string, string>) => {
    const { cookie } = await signIn();
    const { host, origin } = new URL(consoleUrl);
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('CONSOLE', host)]),
    );
    for (const path of ['session', 'api/v1/operators/dead-letter-replays']) {
      expect(await codeOf(await post(path, {}, { cookie, ...PAGE, ...sent }))).toBe('cross_site_request');
    }
    expect((await post('session', account, { ...PAGE, origin })).status).toBe(200);
  });

  test.each(['cross-site', 'same-site', 'none'])('makes no read of an operator: %s', async (site) => {
    const { cookie } = await signIn();
    const asked = (headers: Record<string, string>) => get('api/v1/operators/me', { cookie, ...headers });
    expect(await codeOf(await asked({ 'sec-fetch-site': site }))).toBe('cross_site_request');
    expect((await asked(OWN)).status).toBe(200);
  });

  test('makes no read and no sign-in where its browser names no site: it cannot send our header', async () => {
    const { cookie } = await signIn();
    for (const path of ['session', 'api/v1/operators/me']) {
      const response = await fetch(new URL(path, consoleUrl), { headers: { cookie } });
      expect([path, await codeOf(response)]).toEqual([path, 'cross_site_request']);
    }
    const origin = new URL(consoleUrl).origin;
    expect(await codeOf(await post('session', account, { origin }))).toBe('cross_site_request');
  });

  test('of the same host puts no session of its own in place of the operator’s', async () => {
    const cookies = [await signIn(), await signIn()].map(({ cookie }) => cookie);
    const headers = { cookie: cookies.join('; ') };
    expect(await (await get('session', headers)).json()).toBeNull();
    expect(await codeOf(await get('api/v1/operators/me', headers))).toBe('missing_token');
  });

  test('frames no page, and no page loads anything of it', async () => {
    for (const path of ['', 'reviews', 'assets/none.js', 'session', 'api/v1/operators/me']) {
      const { headers } = await get(path);
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; .*frame-ancestors 'none'$/,
      );
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(await (await get('')).text()).not.toMatch(/<script(?![^>]* src="\/console\/)|<style|https?:/);
  });
});

test('the way to the API leads to operators’ endpoints alone', async () => {
  const { cookie } = await signIn();
  const { pathname } = new URL(consoleUrl);
  const paths = [
    '../auth/login',
    '%2e%2e/auth/login',
    '..%2fauth/login',
    'me/../../users/x',
    'me%2f..%2f..%2fusers',
    '/evil.example',
    'me;x',
    'me\\..',
    '',
  ];
  for (const path of paths) {
    // By hand: fetch would resolve the dots itself.
    const status = await statusOf(`${pathname}api/v1/operators/${path}`, cookie);
    expect([path, status]).toEqual([path, expect.stringMatching(/^(404|401|302|400)$/)]);
  }
  expect(await statusOf(`${pathname}api/v1/users/x`, cookie)).toBe('404');
  expect(await statusOf(`${pathname}api/v1/operators/me`, cookie)).toBe('200');
});

test('a body without an end is refused at its limit, and the token of a sign-in is not in a response', async () => {
  const headers = { ...OWN, 'content-type': 'application/json' };
  const endless = request(new URL('session', consoleUrl), { method: 'POST', headers });
  const status = new Promise((resolve, reject) => {
    endless.on('response', (response) => resolve(response.statusCode)).on('error', reject);
  });
  const chunk = 'x'.repeat(256 * 1024);
  for (let count = 0; count < 6; count += 1) endless.write(chunk);
  expect(await status).toBe(413);
  endless.destroy();
  const { cookie } = await signIn();
  expect((await post('api/v1/operators/login', account, { ...OWN, cookie })).status).toBe(404);
}, 20_000);

/** The status of a request whose path is sent as it is. */
async function statusOf(path: string, cookie: string): Promise<string> {
  const { hostname, port, host } = new URL(consoleUrl);
  const received = Promise.withResolvers<string>();
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_, data) => received.resolve(/^HTTP\/1\.1 (\d+)/.exec(data.toString())?.[1] ?? ''),
      close: () => received.resolve('closed'),
    },
  });
  socket.write(
    `GET ${path} HTTP/1.1\r\nhost: ${host}\r\ncookie: ${cookie}\r\nx-ecs-console: page\r\nconnection: close\r\n\r\n`,
  );
  const status = await received.promise;
  socket.end();
  return status;
}
