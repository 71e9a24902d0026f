import { beforeAll, describe, expect, test } from 'bun:test';
import {
  changePassword,
  changeRoles,
  disableOperator,
  enableOperator,
  insertOperator,
} from '../../../cli/operators/operator-store.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { OperatorAct } from '../../../platform/http/operator-access.ts';
import { createKeys } from '../../../platform/http/principal.ts';
import { createIdempotency } from '../../../platform/idempotency/idempotency.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { createOperatorAccounts } from '../../../platform/operators/operator-accounts.ts';
import { createQuota } from '../../../platform/resilience/quota.ts';
import { createLoginLimits } from '../../../platform/sign-in/login-limits.ts';
import { createPasswordCheck, hashPassword } from '../../../platform/sign-in/passwords.ts';
import type { OperatorRole } from '../../../sdk/contracts/operator-roles.ts';
import { newAccount } from '../../../tests/harness/operators.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { createHttpService } from '../../../platform/http/service.ts';
import { signInRoutes } from './routes.ts';
import { createOperatorSignIn } from './sign-in.ts';

const runtime = createTestRuntime();
const SECRET_KEY = 'a key of the tests, long enough for it';
const keys = createKeys({ SECRET_KEY });
let database: Database;
const acts: OperatorAct[] = [];
let recording: () => Promise<void> = async () => {};

beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

function open(perAccount = 1000) {
  const quotaOf = (burst: number) => createQuota({ burst, perSecond: 1e-6 });
  const operators = {
    ...createOperatorAccounts(database),
    record: async (act: OperatorAct) => {
      await recording();
      acts.push(act);
    },
  };
  const flows = {
    logIn: createOperatorSignIn({
      database,
      verify: createPasswordCheck({ atOnce: 2, waitingMax: 100 }),
      tokens: keys.operators,
    }),
    loginLimits: createLoginLimits({ account: quotaOf(perAccount), address: quotaOf(10_000) }),
    idempotency: createIdempotency({ database, secretKey: SECRET_KEY }),
    provider: { issuer: null, audience: null, client_id: null, scope: 'openid' },
  };
  const options = { ...runtime, name: 'back-office', keys, inFlightMax: 100, operators };
  return createHttpService(options, (plugin) => signInRoutes(plugin, flows));
}

type Service = ReturnType<typeof open>;
const account = (roles?: readonly OperatorRole[]) => database.query((sql) => newAccount(sql, roles));
const logIn = async (service: Service, body: object, headers = {}) =>
  service.handle(
    new Request('http://localhost/v1/operators/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  );
const tokenOf = async (response: Response) =>
  ((await response.json()) as { access_token: string }).access_token;
const me = async (service: Service, headers: Record<string, string>) => {
  const response = await service.handle(new Request('http://localhost/v1/operators/me', { headers }));
  return [response.status, await response.json()] as [number, { code?: string; roles?: string[] }];
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('an operator', () => {
  test('logs in by name in any case and password, and is told the roles', async () => {
    const service = open();
    const { name, password } = await account(['risk', 'viewer']);
    const response = await logIn(service, { name: name.toUpperCase(), password });
    expect(response.status).toBe(200);
    const token = await tokenOf(response);
    expect(await me(service, bearer(token))).toMatchObject([200, { name, roles: ['risk', 'viewer'] }]);
    expect((await logIn(service, { name, password: 'a wrong one' })).status).toBe(401);
    const recorded = await database.query(
      (sql) => sql`select act, actor_kind from audit_log where actor = ${name} and subject_id = ${name}`,
    );
    expect([...recorded]).toEqual([{ act: 'operator.log_in', actor_kind: 'operator' }]);
  });

  test.each([
    ['a wrong password', async () => ({ ...(await account()), password: 'a wrong one' })],
    ['an unknown name', async () => ({ name: 'nobody', password: 'a wrong one' })],
    [
      'the name of an operator of OpenID Connect',
      async () => {
        const name = `${crypto.randomUUID()}@https://issuer.example`;
        await database.query((sql) => disableOperator(sql, name));
        return { name: name.slice(0, 63), password: 'a wrong one' };
      },
    ],
    [
      'a disabled account',
      async () => {
        const { name, password } = await account();
        await database.query((sql) => disableOperator(sql, name));
        return { name, password };
      },
    ],
  ])('with %s gets the same response', async (_, credentials) => {
    const response = await logIn(open(), await credentials());
    const body = await response.json();
    expect([response.status, body]).toMatchObject([
      401,
      { code: 'invalid_credentials', detail: 'The name or the password is wrong.' },
    ]);
  });

  test('whose name is unknown or disabled is refused in the time of a wrong password', async () => {
    const service = open();
    const [enabled, disabled] = [await account(), await account()];
    // A hash as the command line makes it: that of the harness is cheap.
    const passwordHash = await hashPassword('a long passphrase');
    for (const { name } of [enabled, disabled]) {
      await database.query((sql) => changePassword(sql, name, passwordHash));
    }
    await database.query((sql) => disableOperator(sql, disabled.name));
    const fastestMs = new Map([enabled.name, disabled.name, 'nobody'].map((name) => [name, Infinity]));
    // By turns, and the fastest of each: a busy machine only ever makes one slower.
    for (let round = 0; round < 9; round += 1) {
      for (const [name, fastest] of fastestMs) {
        const startedMs = performance.now();
        await logIn(service, { name, password: 'a wrong one' });
        fastestMs.set(name, Math.min(fastest, performance.now() - startedMs));
      }
    }
    const reference = fastestMs.get(enabled.name) ?? 0;
    for (const name of ['nobody', disabled.name]) {
      const ratio = (fastestMs.get(name) ?? 0) / reference;
      // Without the hash of nobody it is a hundredth.
      expect(ratio).toBeGreaterThan(0.2);
      expect(ratio).toBeLessThan(5);
    }
  });

  test('is guessed at a bounded rate, in any spelling of the name', async () => {
    const service = open(5);
    const { name } = await account();
    const statuses: number[] = [];
    for (let time = 0; time < 8; time += 1) {
      const spelling = time % 2 === 0 ? name : name.toUpperCase();
      statuses.push((await logIn(service, { name: spelling, password: `guess ${time}` })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  });

  test('gets the first response again under an idempotency key', async () => {
    const service = open();
    const credentials = await account();
    const key = { 'idempotency-key': crypto.randomUUID() };
    const [first, second] = [await logIn(service, credentials, key), await logIn(service, credentials, key)];
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(await tokenOf(second)).toBe(await tokenOf(first));
  });
});

describe("an operator's token", () => {
  let service: Service;
  let operator: { name: string; password: string; token: string };
  beforeAll(() => {
    service = open();
  });
  const fresh = async (roles?: OperatorRole[]) => {
    const credentials = await account(roles);
    operator = { ...credentials, token: await tokenOf(await logIn(service, credentials)) };
    return operator;
  };

  test('is void at once when the operator is disabled, and stays so when enabled again', async () => {
    const { name, password, token } = await fresh();
    await database.query((sql) => disableOperator(sql, name));
    expect(await me(service, bearer(token))).toMatchObject([401, { code: 'invalid_token' }]);
    await database.query((sql) => enableOperator(sql, name));
    expect(await me(service, bearer(token))).toMatchObject([401, { code: 'invalid_token' }]);
    const again = await tokenOf(await logIn(service, { name, password }));
    expect(await me(service, bearer(again))).toMatchObject([200, { name }]);
  });

  test('is void at once when the password changes', async () => {
    const { name, token } = await fresh();
    const passwordHash = await hashPassword('another passphrase');
    await database.query((sql) => changePassword(sql, name, passwordHash));
    expect(await me(service, bearer(token))).toMatchObject([401, { code: 'invalid_token' }]);
  });

  test('loses a role that is taken away at once, and has no more than it was signed with', async () => {
    const { name, token } = await fresh(['risk', 'auditor']);
    await database.query((sql) => changeRoles(sql, name, ['auditor', 'approver']));
    expect(await me(service, bearer(token))).toMatchObject([200, { roles: ['auditor'] }]);
    await database.query((sql) => changeRoles(sql, name, ['approver']));
    expect(await me(service, bearer(token))).toMatchObject([403, { code: 'role_missing' }]);
  });

  test.each([
    ['a customer', async () => bearer((await keys.tokens.sign(crypto.randomUUID())).token)],
    ['the platform', async () => ({ 'x-internal-key': SECRET_KEY })],
    ['nobody', async () => ({})],
    [
      'an account that is not there',
      async () => {
        const holder = { name: 'nobody', roles: ['viewer'] as const, tokenVersion: 1 };
        return bearer((await keys.operators.sign(holder)).token);
      },
    ],
    [
      'another installation',
      async () => {
        const { operators } = createKeys({ SECRET_KEY: 'b'.repeat(32) });
        return bearer(
          (await operators.sign({ name: operator.name, roles: ['viewer'], tokenVersion: 1 })).token,
        );
      },
    ],
  ])('is needed: 401 for that of %s', async (_, headers) => {
    await fresh();
    expect((await me(service, await headers()))[0]).toBe(401);
  });

  test('opens nothing of a customer', async () => {
    const { token } = await fresh();
    expect(await keys.tokens.verify(token)).toBeNull();
    expect(await keys.tokens.verifyTicket(token)).toBeNull();
  });
});

describe('each request of an operator', () => {
  test('is recorded with its outcome, before its response', async () => {
    const service = open();
    const credentials = await account(['viewer']);
    const token = await tokenOf(await logIn(service, credentials));
    acts.length = 0;
    await me(service, bearer(token));
    await service.handle(new Request('http://localhost/v1/operators/me?page=1', { headers: bearer(token) }));
    await me(service, {});
    expect(acts).toMatchObject([
      { operator: { name: credentials.name }, status: 200, problem: null },
      { operator: { name: credentials.name }, status: 422, problem: 'invalid_request' },
    ]);
  });

  test('gets no response without its record', async () => {
    const service = open();
    const token = await tokenOf(await logIn(service, await account(['viewer'])));
    recording = () => Promise.reject(problem('database_unavailable'));
    try {
      const handled = await me(service, bearer(token));
      expect(handled).toMatchObject([503, { code: 'database_unavailable' }]);
      expect(JSON.stringify(handled)).not.toContain('viewer');
    } finally {
      recording = async () => {};
    }
  });
});

describe('names', () => {
  test('are one for every case, and none is the name of the system itself', async () => {
    const { name } = await account();
    const add = (text: string) =>
      database.query((sql) => insertOperator(sql, { name: text, passwordHash: 'x', roles: ['viewer'] }));
    expect(await add(name.toUpperCase())).toBe(false);
    for (const text of ['ecs', 'ECS', 'a@b', 'a b', 'é', '', '-a', 'a'.repeat(64)]) {
      await expect(add(text)).rejects.toMatchObject({ code: '23514' });
    }
  });
});
