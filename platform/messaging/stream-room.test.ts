import { expect, test } from 'bun:test';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { startNatsWith } from '../../tests/harness/tls-engines.ts';
import { temporaryFolder } from '../../tests/harness/engines.ts';
import { openBus } from './bus.ts';
import { readConfig } from '../kernel/config.ts';
import { STREAM_VARIABLES, streamLayout } from './stream-config.ts';

const layoutOf = (env: Record<string, string>) =>
  streamLayout(readConfig({ NATS_URL: 'nats://h', ...env }, STREAM_VARIABLES));

test('a small broker is rejected in one line, and enough with a smaller total', async () => {
  const { log, metrics } = createTestRuntime();
  const store = `jetstream { store_dir: "${temporaryFolder()}", max_file_store: 1GB }`;
  const server = await startNatsWith([store]);
  const open = (env: Record<string, string>) =>
    openBus({ url: `nats://127.0.0.1:${server.port}`, name: 'test', streams: layoutOf(env), log, metrics });
  const refused = open({});
  await eventually('readiness says which stream wants how much', async () => {
    const error = await refused.ping().catch((reason: unknown) => reason);
    return /^stream \S+ wants \d+ MiB .* \(10047\): lower STREAM_BYTES_TOTAL/.test((error as Error).message);
  });
  await refused.close();
  const small = open({ STREAM_BYTES_TOTAL: '900MiB' });
  await small.connected(5000);
  await small.ping();
  await small.close();
  await server.stop('SIGKILL', 1000);
});

test('a total that leaves a stream no room for its messages is rejected', () => {
  expect(() => layoutOf({ STREAM_BYTES_TOTAL: '20MiB' })).toThrow('too little');
  expect(() => layoutOf({ STREAM_BYTES_TOTAL: '900' })).toThrow('a size like 900MiB');
});
