import { describe, expect, test } from 'bun:test';
import { disableOperator } from '../../cli/operators/operator-store.ts';
import { newOperator } from '../harness/operators.ts';
import { bearer, newCustomer, useSystem } from '../harness/system.ts';

describe.each([
  ['in one process', false],
  ['each service by itself', true],
])('operators, %s', (_, split) => {
  const system = useSystem({ split });
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
});
