import { expect, test } from 'bun:test';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCli, envelopeOf } from '../../tests/cli/harness.ts';
import { useSystem } from '../../tests/harness/system.ts';

/** Operators from the first account to the last logout, as it is typed, against a whole system. */
const system = useSystem({ split: false });
const { ecs, data } = createCli({ args: () => ['--data-dir', system().dataDir] });
const password = 'a long passphrase';
const withPassword = { stdin: `${password}\n` };
const add = (name: string, ...roles: string[]) =>
  ecs(
    ['operators', 'add', name, '--password-stdin', ...roles.flatMap((role) => ['--role', role])],
    withPassword,
  );

test('the owner of the database makes the first account, and its operator logs in', async () => {
  expect((await ecs(['operators', 'me'])).stderr).toBe(
    `ecs: no operator is logged in\ntry: ecs --data-dir ${system().dataDir} operators login NAME\n`,
  );
  expect((await add('ada', 'risk', 'operator')).stdout).toBe('added the operator ada: risk, operator\n');
  expect((await add('ADA', 'viewer')).code).toBe(6);
  const login = await ecs(['operators', 'login', 'Ada', '--password-stdin'], withPassword);
  expect(login.stdout).toBe('logged in as the operator ada: risk, operator\n');
  expect((await ecs(['operators', 'me'])).stdout).toContain('ada: risk, operator; until 2');
  expect(statSync(join(system().dataDir, 'operators.json')).mode & 0o077).toBe(0);
  expect(await data<object[]>(['operators', 'ls'])).toMatchObject([
    { name: 'ada', state: 'active', roles: ['risk', 'operator'], by: 'database:ecsuser' },
  ]);
}, 30_000);

test('a disabled operator is out at once, and in again with a new login alone', async () => {
  await add('eve', 'auditor');
  await ecs(['operators', 'login', 'eve', '--password-stdin'], withPassword);
  const me = () => ecs(['operators', 'me', '--operator', 'eve']);
  expect((await me()).code).toBe(0);
  expect((await ecs(['operators', 'disable', 'eve'])).code).toBe(0);
  expect((await me()).code).toBe(4);
  expect((await ecs(['operators', 'login', 'eve', '--password-stdin'], withPassword)).code).toBe(4);
  expect((await ecs(['operators', 'disable', 'eve'])).code).toBe(3);
  expect((await ecs(['operators', 'enable', 'eve'])).code).toBe(0);
  expect((await me()).code).toBe(4);
  expect((await ecs(['operators', 'login', 'eve', '--password-stdin'], withPassword)).code).toBe(0);
  expect((await me()).code).toBe(0);
}, 30_000);

test('a new password voids the earlier tokens, and roles are those that were given last', async () => {
  await add('grace', 'viewer');
  await ecs(['operators', 'login', 'grace', '--password-stdin'], withPassword);
  expect((await ecs(['operators', 'roles', 'grace', '--role', 'approver'])).code).toBe(0);
  const withoutRole = await ecs(['operators', 'me', '--operator', 'grace', '--json']);
  expect(envelopeOf(withoutRole)).toMatchObject({ error: { code: 'role_missing', exitCode: 4 } });
  const newPassword = { stdin: 'another passphrase' };
  expect((await ecs(['operators', 'password', 'grace', '--password-stdin'], newPassword)).code).toBe(0);
  expect((await ecs(['operators', 'me', '--operator', 'grace'])).code).toBe(4);
  await ecs(['operators', 'login', 'grace', '--password-stdin'], newPassword);
  expect(await data<object>(['operators', 'me', '--operator', 'grace'])).toMatchObject({
    roles: ['approver'],
  });
  expect((await ecs(['operators', 'logout', 'grace'])).stdout).toBe('logged out: grace\n');
  expect((await ecs(['operators', 'me', '--operator', 'grace'])).stderr).toContain('is not logged in');
}, 30_000);

test('bad words are refused by name', async () => {
  expect((await add('ecs', 'viewer')).stderr).toContain('"ecs" is no name for an operator');
  for (const name of ['a@b', 'ECS', 'ecs_back_office', 'ecsuser']) {
    expect((await add(name, 'viewer')).code).toBe(2);
  }
  expect((await add('bob', 'king')).stderr).toContain('"king" is no role');
  expect((await add('bob')).stderr).toContain('--role <role> is missing');
  const short = await ecs(['operators', 'add', 'bob', '--role', 'viewer', '--password-stdin'], {
    stdin: 'short',
  });
  expect(short.stderr).toContain('12 to 128 characters');
  for (const act of ['disable', 'enable']) expect((await ecs(['operators', act, 'nobody'])).code).toBe(3);
  expect((await ecs(['operators', 'roles', 'nobody', '--role', 'viewer'])).code).toBe(3);
}, 30_000);

test('a shell completes the roles', async () => {
  const words = ['operators', 'add', 'bob', '--role', 'a'];
  expect((await createCli().ecs(['__complete', ...words])).stdout).toMatch(/^approver\s+auditor\s*$/);
});

test('an expired login is named, and nothing else acts in its place', async () => {
  await add('carl', 'operator');
  await ecs(['operators', 'login', 'carl', '--password-stdin'], withPassword);
  expect((await ecs(['dead-letters', 'ls'])).code).toBe(0);
  const file = join(system().dataDir, 'operators.json');
  const saved = JSON.parse(readFileSync(file, 'utf8')) as { logins: { expiresAt: string }[] };
  for (const login of saved.logins) login.expiresAt = new Date(0).toISOString();
  writeFileSync(file, JSON.stringify(saved));
  const expired = await ecs(['dead-letters', 'ls']);
  expect([expired.code, expired.stderr]).toEqual([4, expect.stringContaining('has expired')]);
  await ecs(['operators', 'logout']);
  // Without an operator it is the broker itself that is read.
  expect((await ecs(['dead-letters', 'ls'])).code).toBe(0);
}, 30_000);

test('a token of the environment is used as it is', async () => {
  const refused = await ecs(['operators', 'me'], { env: { ECS_OPERATOR_TOKEN: 'no.token.here' } });
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining(' operators login NAME')]);
}, 30_000);
