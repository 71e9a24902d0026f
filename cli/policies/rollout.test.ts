import { expect, test } from 'bun:test';
import type { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { waitByApi } from './rollout.ts';

test('an API that does not respond for a moment ends no wait for the processes that decide', async () => {
  const details = { policies: [{ jurisdiction: '*', version: 'mine-1' }] };
  const responses = [
    () => Promise.reject(new Error('the connection is lost')),
    () => Promise.resolve({ services: [{ service: 'credit', process: 'credit:9464', details }] }),
  ];
  const api = { system: { status: () => responses.shift()?.() } } as unknown as EcsOperatorClient;
  const rollout = await waitByApi(api, [{ jurisdiction: '*', version: 'mine-1' }]);
  expect(rollout).toMatchObject({ replicas: 1, late: [] });
});
