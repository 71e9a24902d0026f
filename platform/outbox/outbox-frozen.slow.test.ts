import { expect, test } from 'bun:test';
import { appendState } from '../../tests/harness/append-state.ts';
import { createTestDatabase, eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, openTestDatabase } from '../../tests/harness/runtime.ts';
import { TOPICS } from '../messaging/topics.ts';
import { startRelay } from './outbox.ts';
import { createCustomerHash } from '../privacy/customer-hash.ts';

/** A relay that stands still while another has its rows, as under a debugger or on a machine without time. */
const runtime = createTestRuntime();
const LONG_MS = 60_000;
const HASH_KEY = 'a key of the tests, which is long enough';
const topic = 'customerConsents';

/** Stops itself once it has claimed rows; says when its next round is over. */
const relayOf = (databaseUrl: string, natsUrl: string) => `
  import { openDatabase } from ${JSON.stringify(`${import.meta.dir}/../data/sql.ts`)};
  import { openBus } from ${JSON.stringify(`${import.meta.dir}/../messaging/bus.ts`)};
  import { createLifecycle } from ${JSON.stringify(`${import.meta.dir}/../kernel/lifecycle.ts`)};
  import { createLog } from ${JSON.stringify(`${import.meta.dir}/../kernel/log.ts`)};
  import { createMetrics } from ${JSON.stringify(`${import.meta.dir}/../kernel/metrics.ts`)};
  import { createCustomerHash } from ${JSON.stringify(`${import.meta.dir}/../privacy/customer-hash.ts`)};
  import { startRelay } from ${JSON.stringify(`${import.meta.dir}/outbox.ts`)};
  const log = createLog({ name: 'frozen', level: 'silent' });
  const metrics = createMetrics();
  const database = openDatabase({ url: ${JSON.stringify(databaseUrl)}, name: 'frozen', poolSize: 2, log });
  const streams = { replicas: 1, partitions: 1 };
  const bus = openBus({ url: ${JSON.stringify(natsUrl)}, name: 'frozen', streams, log, metrics });
  await bus.connected(5000);
  let isFrozen = false;
  const counted = { ...database, query(...args) {
    if (isFrozen) console.log('awake');
    return database.query(...args);
  } };
  startRelay({
    database: counted, bus, topics: ['${topic}'], log, metrics, lifecycle: createLifecycle(log),
    hashOf: createCustomerHash('${HASH_KEY}'),
    failpoint(name) {
      if (name !== 'relay.claimed' || isFrozen) return;
      isFrozen = true;
      console.log('claimed');
      process.kill(process.pid, 'SIGSTOP');
    },
  });`;

test(
  'publishes nothing of what it had claimed once it wakes up: a newer state of another stays the newest',
  async () => {
    const url = await createTestDatabase();
    const database = await openTestDatabase(runtime, url);
    const { bus, nats } = await openTestBus(runtime);
    const userId = Bun.randomUUIDv7();
    await appendState(database, topic, { userId, emotionCapture: true, version: 1 });
    const child = Bun.spawn([process.execPath, '-e', relayOf(url, nats.url)], { stdout: 'pipe' });
    let output = '';
    void child.stdout.pipeTo(
      new WritableStream({ write: (bytes) => void (output += new TextDecoder().decode(bytes)) }),
    );
    try {
      await eventually('it has claimed the state', async () => output.includes('claimed'), 20_000);
      await appendState(database, topic, { userId, emotionCapture: false, version: 2 });
      const hashOf = createCustomerHash(HASH_KEY);
      startRelay({ database, bus, topics: [topic], hashOf, ...runtime });
      const newest = async () => (await bus.client().jsm.streams.info(TOPICS[topic].stream)).state.last_seq;
      await eventually('the other relay takes over', async () => (await newest()) === 1, 20_000);
      child.kill('SIGCONT');
      await eventually('it goes on', async () => output.includes('awake'), 20_000);
      expect(await newest()).toBe(1);
    } finally {
      child.kill('SIGKILL');
      await child.exited;
    }
  },
  LONG_MS,
);
