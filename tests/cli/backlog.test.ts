import { afterAll, expect, test } from 'bun:test';
import { createCli } from './harness.ts';

/** A service with several consumers, as its process reports it. */
const lagWith = (figures: object) => ({ pending: 0, unacknowledged: 0, redelivered: 0, ...figures });
const application = {
  name: 'credit-application',
  status: 'ok',
  dependencies: {},
  consumer: lagWith({ deadLetters: 0 }),
  decisions: lagWith({ pending: 40, unacknowledged: 2, redelivered: 1, deadLetters: 3 }),
  closings: lagWith({ pending: 5, deadLetters: 4 }),
};
const listener = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: ({ url }) => {
    const isStatus = new URL(url).pathname === '/statusz';
    const process = { name: 'credit-application', pid: 7, uptimeSeconds: 1, parts: [application] };
    return Response.json(isStatus ? process : { status: 'ok', dependencies: {} });
  },
});
afterAll(() => listener.stop(true));

test('status and doctor count the backlog of every consumer of a service', async () => {
  const url = `http://127.0.0.1:${listener.port}`;
  const { ecs } = createCli({ env: { ECS_URL: url, ECS_OPS_URLS: url } });
  const { stdout } = await ecs(['status']);
  const row = stdout.split('\n').find((line) => line.startsWith('credit-application')) ?? '';
  // name, pid, state, ready, restarts, lag, redelivered, dead letters
  expect(row.split(/\s{2,}/).slice(5, 8)).toEqual(['47', '1', '7']);
  expect((await ecs(['doctor', '--health'])).stdout).toContain('credit-application: 7 dead letters');
});
