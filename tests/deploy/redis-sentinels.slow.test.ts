import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Child, startChild, untilReady } from '../../deploy/local/processes/child.ts';
import { freePort, isListening } from '../../deploy/local/processes/ports.ts';
import { openServiceCache } from '../../platform/data/service-data.ts';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { createTestRuntime } from '../harness/runtime.ts';
import { LARGE_COMMANDS, sendLargeCommand } from './large-commands.ts';
import { makeSecrets, passwordIn, startRedisWithUsers } from './secured-engines.ts';

// needs: redis

const LONG_MS = 60_000;
const SCRIPT = join(import.meta.dir, '..', '..', 'deploy/redis/sentinel.sh');
const runtime = createTestRuntime();
const secrets = makeSecrets(temporaryFolder());
const env = { ...process.env, ...secrets };
const children: Child[] = [];
const sentinelPorts: number[] = [];
let primary: Awaited<ReturnType<typeof startRedisWithUsers>>;
let replicaPort: number;

/** Two servers and three sentinels, as in `compose.cluster.yaml`. */
beforeAll(async () => {
  primary = await startRedisWithUsers(temporaryFolder(), env);
  const replicaOf = ['--replicaof', '127.0.0.1', String(primary.port)];
  const replica = await startRedisWithUsers(temporaryFolder(), env, ...replicaOf);
  replicaPort = replica.port;
  children.push(primary.child, replica.child);
  for (const name of ['127.0.0.2', '127.0.0.3', '127.0.0.4']) await startSentinel(name);
}, LONG_MS);
afterAll(() => Promise.all(children.map((child) => child.stop('SIGKILL', 1000))));

async function startSentinel(name: string): Promise<void> {
  const folder = temporaryFolder();
  const [port, logFile] = [await freePort(), join(folder, 'sentinel.log')];
  const child = startChild({
    name: 'sentinel',
    command: ['sh', SCRIPT, name, '--port', String(port), '--bind', '127.0.0.1', name],
    logFile,
    env: { ...env, SENTINEL_CONF: join(folder, 'sentinel.conf'), PRIMARY: `127.0.0.1 ${primary.port}` },
    cwd: '/',
  });
  children.push(child);
  sentinelPorts.push(port);
  await untilReady(child, () => isListening(port), { deadlineMs: 15_000, logFile });
}

async function asStranger<T>(port: number, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ port, enableReadyCheck: false, disableClientInfo: true });
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

const primaryPortAt = (port: number) =>
  asStranger(port, async (client) => {
    const [, primaryPort] = (await client.call('sentinel', 'get-master-addr-by-name', 'ecs')) as string[];
    return Number(primaryPort);
  });

const knownAt = (port: number, kind: 'sentinels' | 'replicas') =>
  asStranger(port, (client) => client.call('sentinel', kind, 'ecs') as Promise<string[][]>);

test(
  'whoever reaches a sentinel learns the primary, and tells it of no other',
  async () => {
    for (const port of sentinelPorts) {
      await eventually('it knows the others', async () => (await knownAt(port, 'sentinels')).length === 2);
      expect(await primaryPortAt(port)).toBe(primary.port);
    }
    const [port = 0, otherPort] = sentinelPorts;
    const other = (await knownAt(port, 'sentinels')).find((sentinel) => sentinel.includes(String(otherPort)));
    const id = other?.[other.indexOf('runid') + 1];
    const greeting = `127.0.0.3,${otherPort},${id},99,ecs,127.0.0.1,1,99`;
    const commands = [
      ['publish', '__sentinel__:hello', greeting],
      ['subscribe', '__sentinel__:hello'],
      ['sentinel', 'is-master-down-by-addr', '127.0.0.1', String(primary.port), '99', '*'],
      ['sentinel', 'failover', 'ecs'],
      ['sentinel', 'set', 'ecs', 'quorum', '1'],
      ['sentinel', 'remove', 'ecs'],
      ['info'],
    ];
    for (const [name = '', ...args] of commands) {
      const refusal = await asStranger(port, (client) => client.call(name, ...args)).catch(String);
      expect([name, args[0], refusal]).toEqual([name, args[0], expect.stringContaining('NOPERM')]);
    }
    expect(await primaryPortAt(port)).toBe(primary.port);
  },
  LONG_MS,
);

test.each(LARGE_COMMANDS)(
  'nobody fills the memory of a sentinel with a command of %s',
  async (_, lengths) => {
    expect(await sendLargeCommand(sentinelPorts[0] ?? 0, lengths)).toBe('cut off');
  },
);

test(
  'the sentinels make the replica the primary, and a service uses it',
  async () => {
    const [port = 0] = sentinelPorts;
    await eventually('the replica is known', async () => (await knownAt(port, 'replicas')).length === 1);
    const hosts = sentinelPorts.map((sentinelPort) => `127.0.0.1:${sentinelPort}`).join(',');
    const url = `redis+sentinel://gateway:${passwordIn(secrets, 'gateway')}@${hosts}/ecs`;
    const cache = openServiceCache('gateway', { REDIS_URL: url }, runtime);
    const take = () => cache.takeTokens('quota:user:1', 1, { perSecond: 1, burst: 100 });
    await eventually('it uses the primary', async () => (await take()) !== null);
    await primary.child.stop('SIGKILL', 1000);
    const isReplaced = async () => (await primaryPortAt(port)) === replicaPort;
    await eventually('the replica is the primary', isReplaced, 30_000);
    await eventually('it uses the replica', async () => (await take()) !== null, 30_000);
  },
  LONG_MS,
);
