import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectNats } from 'nats';
import { type Child, startChild, untilReady } from '../../deploy/local/processes/child.ts';
import { freePort, isListening } from '../../deploy/local/processes/ports.ts';
import { ensurePrograms } from '../../deploy/local/engines/install.ts';
import { brokerUsers } from '../../platform/messaging/broker-users.ts';
import { migrate } from '../../platform/data/migrate.ts';
import { startEngine, temporaryFolder } from '../harness/engines.ts';

/** The engines as deploy/ configures them: a user per service, and nobody else. */
export interface SecuredEngines {
  postgresUrl(user: string, password?: string): string;
  natsUrl(user: string, password?: string): string;
  redisUrl(user: string, password?: string): string;
  passwordOf(user: string): string;
  natsLog(): string;
  /** Kills the broker, removes its store and starts it anew. */
  wipeBroker(): Promise<void>;
  stop(): Promise<void>;
}

const ROOT = join(import.meta.dir, '..', '..');
const READY_MS = 15_000;
/**
 * Of emotions and of transactions: more than one, so that a forbidden operation is tried on all of them.
 */
export const PARTITIONS = 4;

export async function startSecuredEngines(): Promise<SecuredEngines> {
  const folder = temporaryFolder();
  const secrets = makeSecrets(folder);
  const env = { ...process.env, ...secrets };
  const passwordOf = (user: string) => passwordIn(secrets, user);
  const [postgresql, nats, redis] = await Promise.all([
    startPostgresWithRoles(env),
    startNatsWithUsers(folder, env),
    startRedisWithUsers(folder, env),
  ]);
  const urlOf = (base: string) => (user: string, password?: string) => {
    const url = new URL(base);
    url.username = user;
    url.password = password ?? passwordOf(user);
    return url.href;
  };
  return {
    passwordOf,
    postgresUrl: (user, password) =>
      user === 'ecsuser' ? postgresql.url : urlOf(postgresql.url)(user, password),
    natsUrl: urlOf(`nats://127.0.0.1:${nats.port}`),
    redisUrl: urlOf(`redis://127.0.0.1:${redis.port}`),
    natsLog: () => readFileSync(nats.logFile, 'utf8'),
    async wipeBroker() {
      await nats.child.stop('SIGKILL', 5000);
      rmSync(join(folder, 'jetstream'), { recursive: true });
      nats.child = await nats.start();
    },
    async stop() {
      await Promise.all([nats, redis].map(({ child }) => child.stop('SIGKILL', 1000)));
    },
  };
}

/** Redis alone; returns the URL of each user. */
export async function startSecuredRedis(): Promise<{ urlOf(user: string): string; stop(): Promise<void> }> {
  const folder = temporaryFolder();
  const secrets = makeSecrets(folder);
  const { child, port } = await startRedisWithUsers(folder, { ...process.env, ...secrets });
  return {
    urlOf: (user) => `redis://${user}:${passwordIn(secrets, user)}@127.0.0.1:${port}`,
    stop: () => child.stop('SIGKILL', 1000),
  };
}

export function passwordIn(secrets: Record<string, string>, user: string): string {
  return secrets[`${user.replace(/^ecs_/, '').replaceAll('-', '_').toUpperCase()}_PASSWORD`] ?? '';
}

/** The output of deploy/secrets.sh. */
export function makeSecrets(folder: string): Record<string, string> {
  const file = join(folder, '.env');
  run(['sh', join(ROOT, 'deploy/secrets.sh'), file], {});
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split('=') as [string, string]));
}

async function startPostgresWithRoles(
  env: Record<string, string | undefined>,
): Promise<Child & { url: string }> {
  const postgresql = await startEngine('postgresql');
  setRoles(postgresql.url, env);
  await migrate(postgresql.url);
  return postgresql;
}

/** Runs deploy/postgres/roles.sh as the owner of the database. */
export function setRoles(url: string, env: Record<string, string | undefined>): void {
  const { hostname, port, username, password, pathname } = new URL(url);
  run(['sh', join(ROOT, 'deploy/postgres/roles.sh')], {
    ...env,
    PGHOST: hostname,
    PGPORT: port,
    PGPASSWORD: password,
    POSTGRES_USER: username,
    POSTGRES_DB: pathname.slice(1),
  });
}

type Started = { child: Child; port: number; logFile: string };

async function startNatsWithUsers(
  folder: string,
  env: Record<string, string | undefined>,
): Promise<Started & { start(): Promise<Child> }> {
  const { nats: program = '' } = ensurePrograms(['nats']);
  const port = await freePort();
  let config = readFileSync(join(ROOT, 'deploy/nats/nats.conf'), 'utf8');
  for (const [from, to] of [
    ['port: 4222', `host: "127.0.0.1"\nport: ${port}`],
    ['http: 8222', ''],
    ['store_dir: /data', `store_dir: ${JSON.stringify(join(folder, 'jetstream'))}`],
    // Each stream reserves 1 GiB.
    ['max_file_store: 8GB', 'max_file_store: 64GB'],
    // Debian's 2.9 does not know it.
    ['sync_interval: always', ''],
  ] as const) {
    if (!config.includes(from)) throw new Error(`deploy/nats/nats.conf has no "${from}"`);
    config = config.replace(from, to);
  }
  writeFileSync(join(folder, 'users.conf'), brokerUsers(PARTITIONS), { mode: 0o600 });
  const configFile = join(folder, 'nats.conf');
  writeFileSync(configFile, config, { mode: 0o600 });
  const logFile = join(folder, 'nats.log');
  const acceptsConnections = async () => {
    const url = { servers: `127.0.0.1:${port}`, user: 'operator', pass: env.OPERATOR_PASSWORD ?? '' };
    await (await connectNats({ ...url, reconnect: false })).close();
    return true;
  };
  const start = async () => {
    const command = [program, '--config', configFile];
    const child = startChild({ name: 'nats', command, logFile, env, cwd: '/' });
    await untilReady(child, acceptsConnections, { deadlineMs: READY_MS, logFile });
    return child;
  };
  return { child: await start(), start, port, logFile };
}

/** `options` are redis-server's. */
export async function startRedisWithUsers(
  folder: string,
  env: Record<string, string | undefined>,
  ...options: string[]
): Promise<Started> {
  const port = await freePort();
  const data = join(folder, 'redis');
  mkdirSync(data);
  chmodSync(data, 0o700);
  const logFile = join(folder, 'redis.log');
  const script = join(ROOT, 'deploy/redis/start.sh');
  const child = startChild({
    name: 'redis',
    command: ['sh', script, '--port', String(port), '--bind', '127.0.0.1', '--dir', data, ...options],
    logFile,
    env: { ...env, ACL_FILE: join(folder, 'users.acl') },
    cwd: '/',
  });
  const hasScripts = () => readFileSync(logFile, 'utf8').includes('scripts loaded');
  const isReady = async () => (await isListening(port)) && hasScripts();
  await untilReady(child, isReady, { deadlineMs: READY_MS, logFile });
  return { child, port, logFile };
}

function run(command: string[], env: Record<string, string | undefined>): void {
  const { exitCode, stderr } = Bun.spawnSync(command, { env: { ...process.env, ...env }, stdin: 'ignore' });
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr.toString()}`);
}
