import { describe, expect, test } from 'bun:test';
import { disableOperator } from '../../cli/operators/operator-store.ts';
import { newOperator } from '../harness/operators.ts';
import { bearer, newCustomer, useSystem } from '../harness/system.ts';
import { SHAPE } from '../harness/shape.ts';

describe(`operators, with ${SHAPE.title}`, () => {
  const system = useSystem({ split: SHAPE.split });
  const me = async (headers: Record<string, string>) => {
    const response = await fetch(`${system().url}/v1/operators/me`, { headers });
    return [response.status, await response.json()] as const;
  };

  test('log in through the gateway, and are gone at once when disabled', async () => {
    const operator = await newOperator(system(), ['risk']);
    expect(await me(bearer(operator))).toMatchObject([200, { name: operator.name, roles: ['risk'] }]);
    await disableOperator(system().sql, operator.name);
    expect(await me(bearer(operator))).toMatchObject([401, { code: 'invalid_token' }]);
  });

  test('are neither customers nor the platform', async () => {
    const [operator, customer] = [await newOperator(system()), await newCustomer(system().url)];
    expect((await me(bearer(customer)))[0]).toBe(401);
    expect((await me({ 'x-internal-key': system().internalKey }))[0]).toBe(401);
    const headers = bearer(operator);
    const asCustomer = await fetch(`${system().url}/v1/users/${customer.id}/offers`, { headers });
    expect(asCustomer.status).toBe(401);
  });

  test('are told by name which text or document could not be stored', async () => {
    const headers = { ...bearer(await newOperator(system())), 'content-type': 'application/json' };
    const faultOf = async (path: string, body?: string) => {
      const init = body === undefined ? { headers } : { method: 'POST', headers, body };
      const response = await fetch(`${system().url}/v1/operators/${path}`, init);
      const { errors } = (await response.json()) as { errors?: { path: string }[] };
      return [response.status, errors?.[0]?.path];
    };
    const nul = 'a\u0000b';
    const deep = (name: string) => `{"${name}":${'['.repeat(32_000)}${']'.repeat(32_000)}}`;
    const test = { hash: '0'.repeat(64), note: 'none flips' };
    expect(await faultOf('audit-log?actor=a%00b')).toEqual([422, '/query/actor']);
    expect(await faultOf('policies/v1/propose', JSON.stringify({ note: nul }))).toEqual([422, '/body/note']);
    expect(await faultOf('policy-drafts', deep('document'))).toEqual([422, expect.any(String)]);
    const withFigures = { ...test, figures: { flips: { [nul]: 1 } } };
    expect(await faultOf('policies/v1/test', JSON.stringify(withFigures))).toEqual([
      422,
      '/body/figures/flips',
    ]);
    const deepFigures = JSON.stringify({ ...test, figures: 0 }).replace(':0}', `:${deep('a')}}`);
    expect(await faultOf('policies/v1/test', deepFigures)).toEqual([422, expect.any(String)]);
  });
});
