import { afterAll, expect, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import postgres from 'postgres';
import { identify } from '../../deploy/local/processes/process-id.ts';
import { filesWithSecrets, loadSecrets } from '../../deploy/local/stack/secrets.ts';
import { migrate } from '../../platform/data/migrate.ts';
import { degrading, createOperations, type Service } from '../../platform/http/operations.ts';
import { createMetrics } from '../../platform/kernel/metrics.ts';
import { createTestDatabase } from '../harness/engines.ts';
import { createCli, envelopeOf } from './harness.ts';

const LONG_MS = 40_000;
const NOWHERE = 'http://localhost:1';

const servers: Server[] = [];
const listeners: Bun.Server<undefined>[] = [];
afterAll(async () => {
  for (const server of servers) server.close();
  await Promise.all(listeners.map((listener) => listener.stop(true)));
});

/** A frozen engine, as a client sees it: its connections are accepted, its requests are not. */
async function silentPort(): Promise<number> {
  const server = createServer((socket) => void socket.on('error', () => {}));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

const checksOf = (ran: Parameters<typeof envelopeOf>[0]) =>
  (envelopeOf(ran).data as { checks: { check: string; state: string; found: string; remedy: string }[] })
    .checks;

test(
  'an engine that accepts connections and says nothing is a problem within seconds',
  async () => {
    const [database, broker, cache] = [await silentPort(), await silentPort(), await silentPort()];
    const env = {
      ECS_URL: NOWHERE,
      DATABASE_URL: `postgres://u:hunter2@127.0.0.1:${database}/x`,
      NATS_URL: `nats://u:hunter2@127.0.0.1:${broker}`,
      REDIS_URL: `redis://u:hunter2@127.0.0.1:${cache}`,
    };
    const ran = await createCli({ env }).ecs(['doctor', '--json']);
    expect(ran.stdout).not.toContain('hunter2');
    const engines = checksOf(ran).filter(({ check }) => ['database', 'broker', 'cache'].includes(check));
    expect(engines.map(({ check, state, remedy }) => [check, state, remedy])).toEqual([
      ['database', 'problem', 'check DATABASE_URL'],
      ['broker', 'problem', 'check NATS_URL'],
      ['cache', 'problem', 'check REDIS_URL'],
    ]);
  },
  LONG_MS,
);

test(
  'a migration that was changed after it was applied, or never applied, is named with its remedy',
  async () => {
    const url = await createTestDatabase();
    await migrate(url);
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    await sql`update schema_version set md5 = 'another' where version = 2`;
    await sql`delete from schema_version where version = 3`;
    await sql.end();
    const ran = await createCli({ env: { ECS_URL: NOWHERE, DATABASE_URL: url } }).ecs(['doctor', '--json']);
    expect(checksOf(ran).filter(({ check }) => check === 'database')).toMatchObject([
      {
        state: 'problem',
        found: 'migrations/0002.do.streams.sql was changed after it was applied',
        remedy: 'git checkout -- migrations/0002.do.streams.sql',
      },
      { state: 'problem', found: 'migrations/0003.do.credit.sql was not applied' },
    ]);
  },
  LONG_MS,
);

test(
  'the processes that a killed ecs up left are named, and the command that ends them ends them',
  async () => {
    const { ecs, configDir } = createCli();
    const orphan = Bun.spawn(['sleep', '600']);
    const ended = Bun.spawn(['true']);
    await ended.exited;
    const child = {
      name: 'redis',
      kind: 'engine',
      state: 'running',
      restarts: 0,
      port: 1,
      ...identify(orphan.pid),
    };
    const state = {
      supervisor: { pid: ended.pid, startedAt: '1' },
      state: 'running',
      url: NOWHERE,
      children: [child],
    };
    const dataDir = join(configDir, 'a system');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'state.json'), JSON.stringify(state));
    const ran = await ecs(['doctor', '--data-dir', dataDir, '--port', '1', '--json']);
    const remedy = `ecs down --data-dir '${dataDir}'`;
    expect(checksOf(ran).find(({ check }) => check === 'orphans')).toEqual({
      check: 'orphans',
      state: 'problem',
      found: `left by an ecs up that was killed: redis (pid ${orphan.pid})`,
      remedy,
    });
    expect((await ecs(['down', '--data-dir', dataDir])).stdout).toContain('stopped');
    await orphan.exited;
    expect(orphan.signalCode).toBe('SIGINT');
  },
  LONG_MS,
);

test(
  'the command that starts a silent system again keeps its port, its processes and its folder',
  async () => {
    const { ecs, configDir } = createCli();
    const state = {
      supervisor: identify(process.pid),
      state: 'running',
      url: NOWHERE,
      children: [],
      upFlags: ['--port', '1', '--split', '--replicas', 'gateway=2'],
    };
    const dataDir = join(configDir, 'a system');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'state.json'), JSON.stringify(state));
    const ran = await ecs(['doctor', '--data-dir', dataDir, '--json']);
    const called = `ecs --data-dir '${dataDir}'`;
    expect(checksOf(ran).find(({ check }) => check === `gateway ${NOWHERE}`)?.remedy).toBe(
      `${called} down && ${called} up --detach --port 1 --split --replicas gateway=2`,
    );
  },
  LONG_MS,
);

/** The private address of a process with these checks. */
function privateAddressOf(checks: Service['checks']): string {
  const operations = createOperations({
    services: [{ name: 'credit', checks }],
    metrics: createMetrics(),
    signal: new AbortController().signal,
    protections: {},
  });
  const listener = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: operations });
  listeners.push(listener);
  return `http://127.0.0.1:${listener.port}`;
}

test('a health check notes what a ready process does without, and fails for what it needs', async () => {
  const fails = () => Promise.reject(new Error('no response'));
  const isThere = () => Promise.resolve();
  const degraded = privateAddressOf({ nats: isThere, redis: degrading(fails) });
  const unavailable = privateAddressOf({ nats: fails, redis: isThere });
  const doctor = async (url: string, ...flags: string[]) => {
    const { code, stdout } = await createCli({ env: { ECS_OPS_URLS: url } }).ecs(['doctor', ...flags]);
    return [code, stdout.split(' -> ').slice(0, 2).join(' -> ')];
  };
  expect(await doctor(degraded, '--health')).toEqual([0, 'note: credit -> redis: no response']);
  expect(await doctor(degraded)).toEqual([1, 'credit -> redis: no response']);
  expect(await doctor(unavailable, '--health')).toEqual([1, 'credit -> nats: no response']);
});

test('a process whose clock is half a minute off is a problem, and no reason to restart it', async () => {
  const doctor = async (secondsOff: number, ...flags: string[]) => {
    const page = { name: 'ecs', pid: 1, uptimeSeconds: 1, parts: [{ name: 'credit', status: 'ok' }] };
    const date = () => new Date(Date.now() + 1000 * secondsOff).toUTCString();
    const fetch = () => Response.json(page, { headers: { date: date() } });
    const listener = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch });
    listeners.push(listener);
    const env = { ECS_OPS_URLS: `http://127.0.0.1:${listener.port}` };
    const { code, stdout } = await createCli({ env }).ecs(['doctor', ...flags]);
    return [code, /its clock is \d+ s from ours/.test(stdout)];
  };
  expect(await doctor(20)).toEqual([0, false]);
  for (const secondsOff of [-40, 40]) {
    expect(await doctor(secondsOff)).toEqual([1, true]);
    expect(await doctor(secondsOff, '--health')).toEqual([0, true]);
  }
});

test('a stranger at an address is named as one, and its words move no cursor', async () => {
  let body = '';
  const stranger = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response(body) });
  listeners.push(stranger);
  const url = `http://127.0.0.1:${stranger.port}`;
  const doctor = async (says: string, env: Record<string, string>) => {
    body = says;
    const { code, stdout } = await createCli({ env }).ecs(['doctor', '--health']);
    return [code, stdout.split(' -> ').slice(0, -1).join(' -> ')];
  };
  for (const dependencies of ['null', '"up"', '{"redis": 1}']) {
    const says = `{"status": "ok", "dependencies": ${dependencies}}`;
    const finding = `gateway ${url}: returns 200, not as a gateway does`;
    expect([says, await doctor(says, { ECS_URL: url })]).toEqual([says, [1, finding]]);
  }
  for (const parts of ['[null]', '[{"status": "ok"}]', '[{"name": "credit", "status": 1}]']) {
    const says = `{"parts": ${parts}}`;
    const finding = `${url}: no response`;
    expect([says, await doctor(says, { ECS_OPS_URLS: url })]).toEqual([says, [1, finding]]);
  }
  const says = JSON.stringify({ status: 'up\u001b[2J\u001b]0;x\u0007\r' });
  expect(await doctor(says, { ECS_URL: url })).toEqual([
    1,
    `gateway ${url}: up\\u001b[2J\\u001b]0;x\\u0007\\u000d`,
  ]);
});

test('files with tokens and secrets that others can read are problems, each with its remedy', async () => {
  const { ecs, configDir } = createCli({ env: { ECS_URL: NOWHERE } });
  for (const name of ['credentials.json', 'operators.json', 'profiles.json'])
    writeFileSync(join(configDir, name), '{}', { mode: 0o644 });
  const { stdout } = await ecs(['doctor', '--json']);
  const open = checksOf({ stdout, stderr: '', code: 1 }).filter(({ found }) =>
    found.startsWith('can be read'),
  );
  expect(open.map(({ remedy }) => remedy)).toEqual(
    ['credentials.json', 'operators.json', 'profiles.json'].map((name) => `chmod 600 ${configDir}/${name}`),
  );
  const dataDir = join(configDir, 'data');
  const secrets = loadSecrets(dataDir, {});
  expect(secrets.passwords.nats).not.toBe('');
  expect(filesWithSecrets(dataDir).filter((file) => file.includes('/secrets/'))).toHaveLength(6);
});
