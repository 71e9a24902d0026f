import { afterAll, expect, test } from 'bun:test';
import { disableOperator } from '../../cli/operators/operator-store.ts';
import { createCli } from '../cli/harness.ts';
import { eventually } from '../harness/engines.ts';
import {
  AUDIENCE,
  CLI_CLIENT,
  type IdentityProvider,
  startIdentityProvider,
  SUBJECT,
} from '../harness/identity-provider.ts';
import { bearer, useSystem } from '../harness/system.ts';
import { approveDevice } from '../harness/person.ts';

/** A system with a provider of OpenID Connect beside its own accounts, each service by itself. */
const provider: IdentityProvider = await startIdentityProvider();
afterAll(() => provider.close());
const system = useSystem({
  split: true,
  variables: { OIDC_ISSUER: provider.issuer, OIDC_AUDIENCE: AUDIENCE, OIDC_CLIENT_ID: CLI_CLIENT },
});
const { ecs, start } = createCli({ args: () => ['--data-dir', system().dataDir] });
const me = async (token: string) => {
  const response = await fetch(`${system().url}/v1/operators/me`, { headers: bearer({ token }) });
  return [response.status, await response.json()] as const;
};
const name = `${SUBJECT}@${provider.issuer}`;

test("the provider's tokens are operators', with the roles of their claim", async () => {
  expect(await me(await provider.tokenOf({ roles: ['auditor'] }))).toMatchObject([
    200,
    { name, roles: ['auditor'] },
  ]);
  expect(await me(await provider.tokenOf({ roles: ['king'] }))).toMatchObject([
    403,
    { code: 'role_missing' },
  ]);
  expect(
    await me(await provider.tokenOf({ roles: ['auditor'] }, 'https://elsewhere.example.com/')),
  ).toMatchObject([401, { code: 'invalid_token' }]);
});

test('a person logs in by an address and a code, and is an operator from then on', async () => {
  const child = start(['operators', 'login', '--oidc']);
  let talk = '';
  void (async () => {
    for await (const chunk of child.stderr) talk += new TextDecoder().decode(chunk);
  })();
  const url = await eventually('an address is shown', () => /^open (\S+)$/m.exec(talk)?.[1]);
  // The claims of the token that is made next.
  await provider.tokenOf({ roles: ['risk', 'viewer'] });
  await approveDevice(url, 'grace');
  expect(await child.exited).toBe(0);
  const shown = await ecs(['operators', 'me']);
  expect(shown.stdout).toContain(`grace@${provider.issuer}: risk, viewer; until`);
}, 60_000);

test('a token comes from standard input, and one that is none is refused', async () => {
  const token = await provider.tokenOf({ roles: ['operator'] });
  const login = await ecs(['operators', 'login', '--token-stdin'], { stdin: `${token}\n` });
  expect(login.stdout).toBe(`logged in as the operator ${name}: operator\n`);
  expect((await ecs(['operators', 'login', '--token-stdin'], { stdin: 'x' })).code).toBe(4);
  expect((await ecs(['operators', 'login', 'ada', '--oidc'])).stderr).toContain('two ways');
}, 30_000);

test('one that is disabled here is out at once, whatever the provider says', async () => {
  const token = await provider.tokenOf({ roles: ['operator'] });
  expect((await me(token))[0]).toBe(200);
  expect(await disableOperator(system().sql, name)).toBe(true);
  expect(await me(token)).toMatchObject([401, { code: 'invalid_token' }]);
});
