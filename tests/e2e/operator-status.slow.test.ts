import { expect, test } from 'bun:test';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { createCli } from '../cli/harness.ts';
import { newOperator } from '../harness/operators.ts';
import { useSystem } from '../harness/system.ts';

/** The status of a system as an operator sees it, without its private ports. */
const system = useSystem({ split: true });

test('a viewer sees each service with its dependencies, and the breaker', async () => {
  const { token } = await newOperator(system(), ['viewer']);
  const api = new EcsOperatorClient({ baseUrl: system().url, token });
  const { services, unreachable } = await api.system.status();
  expect(unreachable).toEqual([]);
  const names = system()
    .state()
    .children.flatMap(({ name, kind }) => (kind === 'service' ? [name] : []));
  expect(services.map(({ service }) => service).toSorted()).toEqual(names.toSorted());
  expect(services.every(({ status }) => status === 'ok')).toBe(true);
  const credit = services.find(({ service }) => service === 'credit');
  expect(credit).toMatchObject({
    dependencies: { postgresql: 'up', nats: 'up' },
    details: { breaker: { state: 'closed' }, policies: [{ version: 'v1' }] },
  });
  const { data } = createCli({ env: { ECS_URL: system().url, ECS_OPERATOR_TOKEN: token } });
  const status = await data<{ services: { name: string; ready: boolean }[] }>(['status']);
  expect(status.services.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  expect(status.services.every(({ ready }) => ready)).toBe(true);
  expect(await data<object[]>(['breaker'])).toMatchObject([{ part: 'credit', state: 'closed' }]);
}, 30_000);

test('an activation is followed to each replica without the private ports', async () => {
  const { token } = await newOperator(system(), ['approver']);
  const { data } = createCli({ env: { ECS_URL: system().url, ECS_OPERATOR_TOKEN: token } });
  expect(await data<object>(['policy', 'activate', 'prudent-1', '--replaces', 'v1'])).toMatchObject({
    changes: [{ jurisdiction: '*', version: 'prudent-1' }],
    replicas: 1,
    late: [],
  });
  expect(await data<object[]>(['policy', 'ls'])).toMatchObject([
    { version: expect.any(String) },
    { version: expect.any(String) },
  ]);
}, 30_000);
