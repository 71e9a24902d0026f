import { expect, test } from 'bun:test';
import { freeze } from '../../tests/harness/freeze.ts';
import { createTestRuntime, openTestBus } from '../../tests/harness/runtime.ts';
import { inspectStream } from '../messaging/inspect.ts';
import { errorResponse } from './http.ts';

const runtime = createTestRuntime();

test('a broker that does not respond to a question of a request is 503, not a fault of ours', async () => {
  const { bus, nats } = await openTestBus(runtime);
  const failure = (): Promise<unknown> =>
    inspectStream(bus, 'no-such-stream').then(
      () => null,
      (error: unknown) => error,
    );
  const responseOf = (error: unknown) =>
    errorResponse(error, new Request('http://service.test/'), runtime.log, 'request');
  // It responded, and what it was asked is our mistake.
  expect(responseOf(await failure()).status).toBe(500);
  freeze(nats.pid);
  const response = responseOf(await failure());
  nats.kill('SIGCONT');
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await response.json()).toMatchObject({ code: 'broker_unavailable' });
});
