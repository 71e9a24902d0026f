import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { open, variables } from '../../apps/console/service.ts';
import { listen } from '../../apps/listen.ts';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { readConfig } from '../../platform/kernel/config.ts';
import { AUDIENCE, CONSOLE_CLIENT, startIdentityProvider, SUBJECT } from '../harness/identity-provider.ts';
import { signInAtProvider } from '../harness/person.ts';
import { createTestRuntime } from '../harness/runtime.ts';
import { useSystem } from '../harness/system.ts';

/** A console whose operators sign in at a provider of OpenID Connect, before a system that takes its tokens. */
const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const SIGN_IN = `${origin}/console/session/provider`;
const provider = await startIdentityProvider(`${SIGN_IN}/callback`);
const system = useSystem({
  split: false,
  variables: { OIDC_ISSUER: provider.issuer, OIDC_AUDIENCE: AUDIENCE },
});
const runtime = createTestRuntime();
const configOf = (more: Record<string, string>) =>
  readConfig(
    { GATEWAY_URL: system().url, OIDC_ISSUER: provider.issuer, OIDC_AUDIENCE: AUDIENCE, ...more },
    variables,
  );

let server: ReturnType<typeof listen> | undefined;
beforeAll(() => {
  const config = configOf({ CONSOLE_URL: origin, OIDC_CONSOLE_CLIENT_ID: CONSOLE_CLIENT });
  const { handle } = open(config, runtime);
  if (!handle) throw new Error('the console has no handler');
  server = listen({ host: '127.0.0.1', port, handle, log: runtime.log, peers: runtime.peers });
});
afterAll(async () => {
  await server?.close();
  provider.close();
});

const begin = async () => {
  const response = await fetch(SIGN_IN, { redirect: 'manual' });
  return {
    location: new URL(response.headers.get('location') ?? ''),
    cookie: response.headers.get('set-cookie') ?? '',
  };
};
const comeBack = (query: string, cookie = '') =>
  fetch(`${SIGN_IN}/callback${query}`, { redirect: 'manual', headers: { cookie } });

describe('a sign-in at the provider', () => {
  test('makes a session of the operator that the provider names, with the roles of its claim', async () => {
    // The claims of the token that is made next.
    await provider.tokenOf({ roles: ['auditor'] });
    const { cookies, address } = await signInAtProvider(SIGN_IN, 'grace');
    expect(address).toBe(`${origin}/console/`);
    const session = cookies.get('ecs_console') ?? '';
    const who = await fetch(`${origin}/console/session`, {
      headers: { cookie: `ecs_console=${session}`, 'x-ecs-console': 'page' },
    });
    expect(await who.json()).toMatchObject({ name: `grace@${provider.issuer}`, roles: ['auditor'] });
    expect(cookies.get('ecs_console_attempt') ?? '').toBe('');
  }, 30_000);

  test('begins with a code challenge, a state and a nonce, and a cookie for the way back alone', async () => {
    const { location, cookie } = await begin();
    const query = Object.fromEntries(location.searchParams);
    expect(location.origin).toBe(provider.issuer);
    expect(query).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: `${SIGN_IN}/callback`,
    });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(query[name]?.length).toBeGreaterThan(30);
    expect(cookie).toMatch(
      /^ecs_console_attempt=[\w.-]+; Max-Age=600; Path=\/console\/session\/provider; HttpOnly; SameSite=Lax$/,
    );
    expect(await (await fetch(`${SIGN_IN}/offered`)).json()).toEqual({ is_offered: true });
  });

  test.each([
    ['of no attempt', async () => comeBack('?code=x&state=y')],
    [
      'with the state of another attempt',
      async () => comeBack('?code=x&state=other', (await begin()).cookie.split(';')[0]),
    ],
    [
      'with a code that the provider did not give',
      async () => {
        const { location, cookie } = await begin();
        const state = location.searchParams.get('state') ?? '';
        const iss = encodeURIComponent(provider.issuer);
        return comeBack(`?code=x&state=${state}&iss=${iss}`, cookie.split(';')[0]);
      },
    ],
    ['with an error', async () => comeBack('?error=access_denied', (await begin()).cookie.split(';')[0])],
    ['with an address', async () => comeBack('?return=//evil.example&next=https://evil.example')],
  ])('that comes back %s makes no session, and leads to our own page', async (_, attempt) => {
    const response = await attempt();
    expect(response.headers.get('location')).toBe('/console/?sign-in=failed');
    expect(response.headers.getSetCookie().filter((text) => text.startsWith('ecs_console='))).toEqual([]);
  });

  test('of a person without a role makes no session', async () => {
    await provider.tokenOf({ roles: ['king'] });
    const { cookies, address } = await signInAtProvider(SIGN_IN, SUBJECT);
    expect([address, cookies.get('ecs_console')]).toEqual([`${origin}/console/?sign-in=failed`, undefined]);
  }, 30_000);

  test('is not begun without an address of the console to come back to', () => {
    expect(() => open(configOf({ OIDC_CONSOLE_CLIENT_ID: CONSOLE_CLIENT }), runtime)).toThrow(
      'CONSOLE_URL is missing',
    );
    expect(open(configOf({}), runtime).name).toBe('console');
  });
});
