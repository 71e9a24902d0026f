import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { changeRoles, disableOperator } from '../../cli/operators/operator-store.ts';
import { createOperatorTokens } from '../../platform/http/operator-token.ts';
import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import { ENDPOINT_LIST } from '../../sdk/contracts/endpoints.ts';
import { isOpenTo, OPERATOR_ROLES, type OperatorRole } from '../../sdk/contracts/operator-roles.ts';
import { AUDIENCE, startIdentityProvider } from '../harness/identity-provider.ts';
import { newOperator } from '../harness/operators.ts';
import { bearer, newCustomer, useSystem } from '../harness/system.ts';

/**
 * Every endpoint of operators with every credential, through the gateway and at the service's own port; and
 * every other endpoint with an operator's token. The expectation of a cell is derived from the table of
 * endpoints, which docs/roles.md shows.
 */
const provider = await startIdentityProvider();
const system = useSystem({
  split: true,
  variables: { OIDC_ISSUER: provider.issuer, OIDC_AUDIENCE: AUDIENCE },
});
afterAll(() => provider.close());

type Headers = Record<string, string>;
const ofOperators = ENDPOINT_LIST.filter(([, { auth }]) => auth === 'operator');
const ofOthers = ENDPOINT_LIST.filter(([, { auth }]) => auth !== 'operator' && auth !== 'none');
/** Credentials with a role; and those without any, each with its problem. */
const accounts = new Map<OperatorRole, Headers>();
const people = new Map<OperatorRole, Headers>();
const strangers = new Map<string, { headers: Headers; status: number; code: string }>();

beforeAll(async () => {
  for (const role of OPERATOR_ROLES) {
    accounts.set(role, bearer(await newOperator(system(), [role])));
    people.set(role, bearer({ token: await provider.tokenOf({ roles: [role] }) }));
  }
  const { secretKey, internalKey, sql, url } = system();
  const stranger = (name: string, headers: Headers, code = 'invalid_token') =>
    strangers.set(name, { headers, code, status: code === 'role_missing' ? 403 : 401 });
  const [disabled, demoted, expired] = [
    await newOperator(system()),
    await newOperator(system()),
    await newOperator(system()),
  ];
  await disableOperator(sql, disabled.name);
  await sql`update operators set roles = '{}', password_hash = null, name = name || '@nowhere'
    where name = ${demoted.name}`;
  const anHourAgo = createOperatorTokens({ secretKey, now: () => new Date(Date.now() - 3_601_000) });
  const old = await anHourAgo.sign({ name: expired.name, roles: OPERATOR_ROLES, tokenVersion: 1 });
  const foreign = createOperatorTokens({ secretKey: 'another key that is as long as it has to be' });
  const forged = await foreign.sign({ name: expired.name, roles: OPERATOR_ROLES, tokenVersion: 1 });
  stranger('nobody', {}, 'missing_token');
  stranger('the platform', { 'x-internal-key': internalKey }, 'missing_token');
  stranger('a customer', bearer(await newCustomer(url)));
  stranger('a customer with the internal key', {
    ...bearer(await newCustomer(url)),
    'x-internal-key': internalKey,
  });
  stranger('a disabled operator', bearer(disabled));
  stranger('an operator whose account is gone', bearer(demoted));
  stranger('an expired token', bearer(old));
  stranger('a forged token', bearer(forged));
  const elsewhere = await provider.tokenOf({ roles: OPERATOR_ROLES }, 'https://elsewhere.example.com/');
  stranger("a provider's token for another audience", bearer({ token: elsewhere }));
  stranger(
    "a provider's token without a role",
    bearer({ token: await provider.tokenOf({ roles: ['king'] }) }),
    'role_missing',
  );
}, 60_000);

describe.each(['the gateway', 'the service itself'])('through %s', (place) => {
  test.each(ofOperators)('%s is open to its roles and to nobody else', async (_, endpoint) => {
    const cells: [string, Headers, string][] = [
      ...OPERATOR_ROLES.flatMap((role): [string, Headers, string][] => {
        const expected = isOpenTo(endpoint.roles ?? [], [role]) ? 'open' : '403 role_missing';
        return [
          [`the account of a ${role}`, accounts.get(role) ?? {}, expected],
          [`the ${role} of the provider`, people.get(role) ?? {}, expected],
        ];
      }),
      ...[...strangers].map(([name, { headers, status, code }]): [string, Headers, string] => [
        name,
        headers,
        `${status} ${code}`,
      ]),
    ];
    const outcomes = await Promise.all(
      cells.map(async ([name, headers]) => [name, await outcomeOf(place, endpoint, headers)]),
    );
    expect(outcomes).toEqual(cells.map(([name, , expected]) => [name, expected]));
  });

  test.each(ofOthers)("%s is closed to an operator's token", async (_, endpoint) => {
    for (const role of OPERATOR_ROLES) {
      expect(await outcomeOf(place, endpoint, accounts.get(role) ?? {})).toBe('401 invalid_token');
      expect(await outcomeOf(place, endpoint, people.get(role) ?? {})).toBe('401 invalid_token');
    }
  });
});

test('a role that is taken away is gone at once, at each endpoint that it opened', async () => {
  for (const role of OPERATOR_ROLES) {
    const operator = await newOperator(system(), [role]);
    const newRole = OPERATOR_ROLES.find((name) => name !== role && name !== 'viewer') ?? 'viewer';
    await changeRoles(system().sql, operator.name, [newRole]);
    for (const [, endpoint] of ofOperators) {
      expect(await outcomeOf('the gateway', endpoint, bearer(operator))).toBe('403 role_missing');
    }
  }
});

/**
 * Sends a request that does nothing: its thing is not there, or its body is none of the endpoint's, which the
 * service sees after the credentials. Returns `open`, or the problem.
 */
async function outcomeOf(place: string, endpoint: Endpoint, headers: Headers): Promise<string> {
  const { method, path, params = {}, body } = endpoint;
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    params[name]?.pattern === undefined ? crypto.randomUUID() : 'no-such-thing',
  );
  const required = (endpoint.query?.required as string[] | undefined) ?? [];
  const query = new URLSearchParams(required.map((name) => [name, 'no-such-thing']));
  const base = place === 'the gateway' ? system().url : ownUrlOf(endpoint);
  const response = await fetch(`${base}${filled}?${query}`, {
    method,
    headers: { ...headers, ...(body ? { 'content-type': body.contentType } : {}) },
    ...(body ? { body: '[]' } : {}),
  });
  const { code } = (await response.json()) as { code?: string };
  const absent = Object.values(params).map((parameter) => parameter.absent as string);
  const open = new Set<string | undefined>([
    undefined,
    'unsupported_media_type',
    'invalid_request',
    ...absent,
  ]);
  return open.has(code) ? 'open' : `${response.status} ${code}`;
}

function ownUrlOf({ service }: Endpoint): string {
  const child = system()
    .state()
    .children.find(({ name }) => name === service);
  if (!child) throw new Error(`no process of ${service}`);
  return `http://127.0.0.1:${child.port}`;
}
