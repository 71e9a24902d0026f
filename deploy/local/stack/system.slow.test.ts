import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'nats';
import postgres from 'postgres';
import { readNatsUrl } from '../../../platform/addresses/nats.ts';
import { eventually, temporaryFolder } from '../../../tests/harness/engines.ts';
import { freeze } from '../../../tests/harness/freeze.ts';
import { plantSeed } from '../../../tests/harness/seed.ts';
import { emotionOf, json, newCustomer } from '../../../tests/harness/system.ts';
import { freePort } from '../processes/ports.ts';
import { findMarked } from '../processes/child-mark.ts';
import { isAlive } from '../processes/process-id.ts';
import { readState, type SystemState } from './state.ts';

/** The command line as an operator uses it: `./ecs` in processes of its own. */
const ECS = join(import.meta.dir, '..', '..', '..', 'ecs');

async function ecs(...args: string[]) {
  const child = Bun.spawn([ECS, ...args], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, code };
}

interface Addresses {
  url: string;
  internalKey: string;
  databaseUrl: string;
  natsUrl: string;
  dataDir: string;
  policies: { jurisdiction: string; version: string }[];
}

async function up(dataDir: string, ...args: string[]): Promise<Addresses> {
  const port = String(await freePort());
  const { stdout, stderr, code } = await ecs(
    'up',
    '--detach',
    '--json',
    '--data-dir',
    dataDir,
    '--port',
    port,
    ...args,
  );
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { data: Addresses }).data;
}

/** A data folder with a database, for what is not about the first start. */
function usedFolder(): string {
  const dataDir = temporaryFolder();
  plantSeed(dataDir);
  return dataDir;
}

const stateOf = (dataDir: string): SystemState => {
  const state = readState(dataDir);
  if (!state) throw new Error('nothing runs');
  return state;
};
const childOf = (dataDir: string, name: string) => {
  const child = stateOf(dataDir).children.find((candidate) => candidate.name === name);
  if (!child?.pid) throw new Error(`${name} does not run`);
  return { ...child, pid: child.pid };
};

describe('a system with one process per service', () => {
  const dataDir = temporaryFolder();
  let system: Addresses;
  let loser: Error;
  beforeAll(async () => {
    const starts = await Promise.allSettled([up(dataDir, '--split'), up(dataDir, '--split')]);
    const [winner] = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const [reason] = starts.flatMap((start) => (start.status === 'rejected' ? [start.reason as Error] : []));
    if (!winner || !reason) throw new Error('one of two must start', { cause: reason });
    [system, loser] = [winner, reason];
  }, 90_000);
  afterAll(async () => {
    await ecs('down', '--data-dir', dataDir);
  }, 90_000);

  test('status names twelve services and three engines, all running and ready', async () => {
    const { stdout, code } = await ecs('status', '--json', '--data-dir', dataDir);
    expect(code).toBe(0);
    expect(system.policies).toMatchObject([{ jurisdiction: '*', version: 'v1' }]);
    const { data } = JSON.parse(stdout) as {
      data: Record<string, { name: string; pid: number; state: string }[]>;
    };
    const { services, engines } = data;
    expect(services?.map(({ name }) => name).toSorted()).toEqual([
      'back-office',
      'console',
      'credit',
      'credit-application',
      'emotion-ingestion',
      'emotion-processing',
      'gateway',
      'ml-mock',
      'privacy',
      'transaction-ingestion',
      'transaction-processing',
      'webhooks',
    ]);
    expect(engines?.map(({ name }) => name).toSorted()).toEqual(['nats', 'postgresql', 'redis']);
    for (const entry of [...(services ?? []), ...(engines ?? [])]) {
      expect(entry).toMatchObject({ state: 'running', pid: expect.any(Number) });
    }
    expect(new Set(services?.map(({ pid }) => pid)).size).toBe(12);
  });

  test('a service that dies is started again', async () => {
    const before = childOf(dataDir, 'emotion-processing');
    process.kill(before.pid, 'SIGKILL');
    await eventually('another process has its place', () => {
      const now = childOf(dataDir, 'emotion-processing');
      return now.pid !== before.pid && now.state === 'running' && now.restarts === 1;
    });
  });

  test.each(['postgresql', 'nats', 'redis'])(
    '%s that dies is started again on its port and data',
    async (name) => {
      const customer = await newCustomer(system.url);
      const send = () =>
        fetch(
          `${system.url}/v1/emotions/stream`,
          json(emotionOf(customer.id), { 'x-internal-key': system.internalKey }),
        );
      const eventIds: string[] = [];
      const accepted = async () => {
        const response = await send();
        if (response.status === 202) eventIds.push(((await response.json()) as { eventId: string }).eventId);
        return response.status === 202;
      };
      expect(await accepted()).toBe(true);
      const before = childOf(dataDir, name);
      process.kill(before.pid, 'SIGKILL');
      await eventually(
        'another process has its place',
        () => {
          const now = childOf(dataDir, name);
          return now.pid !== before.pid && now.state === 'running' && now.port === before.port;
        },
        30_000,
      );
      await eventually('events are accepted again', accepted, 20_000);
      const sql = postgres(system.databaseUrl, { max: 1, onnotice: () => {} });
      try {
        await eventually(
          'every accepted event is stored once',
          async () => {
            const rows = await sql`select id from emotional_events where user_id = ${customer.id}`;
            return (
              rows
                .map(({ id }) => id as string)
                .toSorted()
                .join() === eventIds.toSorted().join()
            );
          },
          40_000,
        );
      } finally {
        await sql.end();
      }
    },
  );

  test('up on a folder that is in use, or on a port that is, is a conflict that says so and starts nothing', async () => {
    const { supervisor } = stateOf(dataDir);
    expect(loser.message).toMatch(
      new RegExp(`a system already \\w+.* on ${dataDir}: pid ${supervisor.pid}, since 20\\S+Z`),
    );
    const log = join(dataDir, 'logs', 'supervisor.log');
    for (const flags of [['--detach'], []]) {
      const same = await ecs('up', ...flags, '--data-dir', dataDir);
      expect(same).toMatchObject({ code: 6, stdout: '' });
      const who = `already runs on ${dataDir}: pid ${supervisor.pid}, since `;
      expect(same.stderr).toContain(who);
      expect(same.stderr).toContain(`, ${system.url}, postgresql `);
      expect(same.stderr).toContain(`ecs down --data-dir ${dataDir}\n`);
    }
    // The log of the system that runs is still its own.
    expect(readFileSync(log, 'utf8')).toContain('starting the engines');
    expect(readdirSync(join(dataDir, 'logs')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const port = new URL(system.url).port;
    const otherDir = temporaryFolder();
    const secondUp = await ecs('up', '--detach', '--data-dir', otherDir, '--port', port);
    expect(secondUp).toMatchObject({ code: 6, stdout: '' });
    expect(secondUp.stderr).toContain(`port ${port} is in use`);
    expect(readState(otherDir)).toBeNull();
  });

  test('a second system runs beside it, and stopping that one leaves this one alone', async () => {
    const otherDir = usedFolder();
    const second = await up(otherDir, '--split', '--replicas', 'gateway=2,emotion-processing=2');
    expect(second.url).not.toBe(system.url);
    const { port } = new URL(second.url);
    // What a remedy of `ecs doctor` starts it with again.
    expect(stateOf(otherDir).upFlags?.join(' ')).toBe(
      `--port ${port} --split --replicas gateway=2,emotion-processing=2`,
    );
    const { stdout } = await ecs('status', '--json', '--data-dir', otherDir);
    const { services } = (JSON.parse(stdout) as { data: { services: { name: string; ready: boolean }[] } })
      .data;
    expect(services).toHaveLength(14);
    for (const name of ['gateway', 'gateway-2', 'emotion-processing', 'emotion-processing-2']) {
      expect(services).toContainEqual(expect.objectContaining({ name, ready: true }));
    }
    // Either of the two keeps the port open alone.
    process.kill(childOf(otherDir, 'gateway').pid, 'SIGKILL');
    await eventually('the other responds', async () => (await fetch(`${second.url}/readyz`)).ok);
    const children = stateOf(otherDir).children;
    expect((await ecs('down', '--data-dir', otherDir)).stdout).toContain('stopped');
    expect(children.filter((child) => isAlive(child))).toEqual([]);
    expect(readState(otherDir)).toBeNull();
    expect((await fetch(`${system.url}/readyz`)).status).toBe(200);
  });

  test('secrets and state are for their owner only, and stay the same', () => {
    for (const name of [
      'secret-key',
      'internal-key',
      'postgres-password',
      'redis-password',
      'nats-password',
    ]) {
      expect(statSync(join(dataDir, 'secrets', name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(join(dataDir, 'secrets')).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'state.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dataDir, 'secrets', 'internal-key'), 'utf8').trim()).toBe(system.internalKey);
  });

  test('the broker lets nobody in without its password', async () => {
    const address = readNatsUrl(system.natsUrl);
    const refused = connect({ servers: address.servers, reconnect: false });
    await expect(refused).rejects.toThrow('Authorization Violation');
    const connection = await connect({ ...address, reconnect: false });
    await connection.close();
    expect(statSync(join(dataDir, 'nats', 'nats.conf')).mode & 0o777).toBe(0o600);
  });

  test('no secret stands in a command line or a log', async () => {
    const passwords = [system.databaseUrl, system.natsUrl].map((url) => new URL(url).password);
    expect(passwords).not.toContain('');
    const secrets = [system.internalKey, ...passwords];
    const commands = Bun.spawnSync([
      'sh',
      '-c',
      'cat /proc/[0-9]*/cmdline 2>/dev/null || ps ax',
    ]).stdout.toString();
    const logs = Bun.spawnSync(['sh', '-c', `cat ${join(dataDir, 'logs')}/*`]).stdout.toString();
    for (const secret of secrets) {
      expect(commands).not.toContain(secret);
      expect(logs).not.toContain(secret);
    }
  });
});

describe('a supervisor that is killed', () => {
  test('leaves processes that the next up finds, ends and starts anew, with nothing lost', async () => {
    const dataDir = usedFolder();
    const first = await up(dataDir);
    const customer = await newCustomer(first.url);
    const { supervisor, children } = stateOf(dataDir);
    process.kill(supervisor.pid, 'SIGKILL');
    await eventually('the supervisor is gone', () => !isAlive(supervisor));
    expect((await ecs('status', '--data-dir', dataDir)).code).toBe(5);
    const second = await up(dataDir);
    try {
      expect(children.filter((child) => isAlive(child))).toEqual([]);
      const { email, password } = customer;
      expect((await fetch(`${second.url}/v1/auth/login`, json({ email, password }))).status).toBe(200);
      expect(second.internalKey).toBe(first.internalKey);
    } finally {
      await ecs('down', '--data-dir', dataDir);
    }
  }, 90_000);

  const isThere = (dataDir: string, pattern: RegExp) =>
    existsSync(dataDir) && readdirSync(dataDir).some((name) => pattern.test(name));
  const hasPid = (dataDir: string, name: string) =>
    readState(dataDir)?.children.some((child) => child.name === name && child.pid !== undefined) ?? false;

  test.each<[moment: string, isReached: (dataDir: string) => boolean]>([
    ['initdb works', (dataDir) => isThere(dataDir, /\.ecs-new$/)],
    ['PostgreSQL starts', (dataDir) => hasPid(dataDir, 'postgresql')],
    ['services wait for the database', (dataDir) => hasPid(dataDir, 'ecs')],
  ])(
    'while it starts for the first time leaves nothing that the next up cannot start with: %s',
    async (_, isReached) => {
      const dataDir = temporaryFolder();
      const args = ['up', '--data-dir', dataDir, '--port', String(await freePort())];
      const child = Bun.spawn([ECS, ...args], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
      await eventually('the moment is there', () => isReached(dataDir), 60_000);
      child.kill('SIGKILL');
      await child.exited;
      const { children = [] } = readState(dataDir) ?? {};
      const second = await up(dataDir);
      try {
        expect(children.filter((leftover) => isAlive(leftover))).toEqual([]);
        await newCustomer(second.url);
        expect(isThere(dataDir, /\.ecs-new$/)).toBe(false);
      } finally {
        await ecs('down', '--data-dir', dataDir);
      }
    },
    90_000,
  );

  test('leaves processes that down finds and ends', async () => {
    const dataDir = usedFolder();
    await up(dataDir);
    const { supervisor, children } = stateOf(dataDir);
    process.kill(supervisor.pid, 'SIGKILL');
    await eventually('the supervisor is gone', () => !isAlive(supervisor));
    expect((await ecs('down', '--data-dir', dataDir)).stdout).toContain('stopped');
    expect(children.filter((child) => isAlive(child))).toEqual([]);
    expect((await ecs('down', '--data-dir', dataDir)).stdout).toContain('nothing was running');
  }, 90_000);
});

test.each<[words: string, signals: NodeJS.Signals[]]>([
  ['the supervisor ended (SIGKILL)', ['SIGKILL']],
  ['the system was stopped while it started', ['SIGTERM', 'SIGTERM']],
])(
  'up --detach fails with the end of its supervisor: %s',
  async (words, signals) => {
    const dataDir = temporaryFolder();
    const starting = up(dataDir).catch((error: Error) => error);
    freeze((await untilInitdb(dataDir)).pid);
    const supervisor = await eventually('its state is written', () => readState(dataDir)?.supervisor);
    const log = join(dataDir, 'logs', 'supervisor.log');
    for (const [index, signal] of signals.entries()) {
      if (index > 0) await eventually('it stops', () => readFileSync(log, 'utf8').includes('once more'));
      process.kill(supervisor.pid, signal);
    }
    expect(await starting).toMatchObject({ message: expect.stringContaining(`ecs: ${words}`) });
    await ecs('down', '--data-dir', dataDir);
    expect(findMarked(dataDir)).toEqual([]);
  },
  90_000,
);

async function untilInitdb(dataDir: string) {
  const isInitdb = ({ pid }: { pid: number }) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'initdb\n';
  return eventually('initdb works', () => findMarked(dataDir).find(isInitdb));
}

describe('in the foreground', () => {
  /** `ecs up` in this process's place of a terminal, up to the block that says it is ready. */
  async function upHere(dataDir: string) {
    const args = ['up', '--data-dir', dataDir, '--port', String(await freePort())];
    const child = Bun.spawn([ECS, ...args], { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' });
    await eventually('it is up', () => readState(dataDir)?.state === 'running', 60_000);
    return child;
  }

  test('Ctrl-C drains and leaves no process behind; data stays', async () => {
    const dataDir = temporaryFolder();
    const child = await upHere(dataDir);
    const { children } = stateOf(dataDir);
    child.kill('SIGINT');
    expect(await child.exited).toBe(0);
    expect(children.filter((leftover) => isAlive(leftover))).toEqual([]);
    expect(existsSync(join(dataDir, 'postgresql', 'PG_VERSION'))).toBe(true);
  }, 90_000);

  test('a second Ctrl-C ends everything at once', async () => {
    const dataDir = usedFolder();
    const child = await upHere(dataDir);
    const { children } = stateOf(dataDir);
    // A service that does not react would hold the drain up for its whole deadline.
    freeze(childOf(dataDir, 'ecs').pid);
    child.kill('SIGINT');
    await eventually('it is stopping', () => readState(dataDir)?.state === 'stopping');
    child.kill('SIGINT');
    await child.exited;
    // A killed process takes a moment to give its memory back.
    await eventually('all have ended', () => !children.some((leftover) => isAlive(leftover)));
  }, 90_000);

  test('a second Ctrl-C ends a start that hangs', async () => {
    const dataDir = temporaryFolder();
    const args = ['up', '--data-dir', dataDir, '--port', String(await freePort())];
    const child = Bun.spawn([ECS, ...args], { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' });
    freeze((await untilInitdb(dataDir)).pid);
    child.kill('SIGINT');
    const words = child.stderr.getReader();
    for (let text = ''; !text.includes('once more stops at once'); ) {
      text += new TextDecoder().decode((await words.read()).value);
    }
    child.kill('SIGINT');
    await child.exited;
    expect(findMarked(dataDir)).toEqual([]);
    await up(dataDir);
    expect((await ecs('down', '--data-dir', dataDir)).code).toBe(0);
  }, 90_000);
});

describe('a bad configuration', () => {
  test('stops a process before it starts, with every bad variable named at once and no value', async () => {
    const child = Bun.spawn([process.execPath, 'apps/main.ts', 'credit', 'gateway'], {
      cwd: join(import.meta.dir, '..', '..', '..'),
      env: {
        PATH: process.env.PATH ?? '',
        NATS_URL: 'http://secret-host',
        SECRET_KEY: 'too short',
        PORT: '99999',
      },
      stdout: 'pipe',
      stderr: 'pipe',
    });
    expect(await child.exited).toBe(78);
    const text = await new Response(child.stderr).text();
    for (const name of [
      'DATABASE_URL',
      'NATS_URL',
      'REDIS_URL',
      'SECRET_KEY',
      'INTERNAL_SERVICE_API_KEY',
      'PORT',
    ]) {
      expect(text).toContain(name);
    }
    expect(text).toContain('EMOTION_SERVICE_URL');
    // The credit service lives in the same process.
    expect(text).not.toContain('USER_CREDIT_SERVICE_URL');
    expect(text).not.toMatch(/secret-host|too short;.*too short/);
  });

  test('is shown by up in its own words, and nothing keeps running', async () => {
    const dataDir = temporaryFolder();
    const args = ['up', '--detach', '--data-dir', dataDir, '--port', String(await freePort())];
    const child = Bun.spawn([ECS, ...args], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      env: { ...process.env, SECRET_KEY: 'too short' },
    });
    expect(await child.exited).toBe(1);
    expect(await new Response(child.stderr).text()).toContain('SECRET_KEY is too short');
    expect(readState(dataDir)).toBeNull();
  }, 90_000);
});
