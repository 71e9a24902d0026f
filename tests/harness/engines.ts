import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import type { Child } from '../../deploy/local/processes/child.ts';
import { prepareEngines } from '../../deploy/local/engines/engine.ts';
import { findProgram, PROGRAMS } from '../../deploy/local/engines/find.ts';
import { natsUrlOf } from '../../deploy/local/engines/nats.ts';
import { NO_REDIS } from '../../platform/addresses/redis.ts';
import { migrate } from '../../platform/data/migrate.ts';

/**
 * Real engines for tests, private to one run: PostgreSQL and Redis are started once and shared, each test
 * file gets a database of its own; NATS starts in a twentieth of a second, so each test that needs a broker
 * gets a whole one.
 */
const TEMPLATE = 'ecs_template';

type Running = Child & { url: string };

const folders: string[] = [];
const started: Child[] = [];
/** Kills them, also those that are being started. */
let ending = new AbortController();
/** Addresses of engines that all test processes of a run share, with the template made. */
interface SharedEngines {
  databaseUrl: string;
  redisUrl: string;
}

/** Names the variable in which a run hands its engines to its test processes. */
export const SHARED_ENGINES = 'ECS_TEST_ENGINES';

/**
 * The shared server is never killed, so that nothing has to reach the disk; and nobody waits for the statistics
 * and the vacuum of hundreds of databases that live for seconds.
 */
const FAST_SETTINGS = ['fsync = off', 'full_page_writes = off', 'autovacuum = off'];

let shared: Promise<SharedEngines> | undefined;

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ecs-test-'));
  // PostgreSQL's own user has to reach its data.
  Bun.spawnSync(['chmod', '755', folder]);
  folders.push(folder);
  return folder;
}

/** A private engine, stopped at the end of the run or by the test itself. */
export async function startEngine(name: 'postgresql' | 'nats' | 'redis'): Promise<Running> {
  const engines = await prepareEngines({
    dataDir: temporaryFolder(),
    passwords: { postgres: 'test-password', nats: 'test-password', redis: 'test-password' },
    given: {
      ...(name === 'postgresql' ? {} : { databaseUrl: 'not needed' }),
      ...(name === 'nats' ? {} : { natsUrl: 'not needed' }),
      ...(name === 'redis' ? {} : { redisUrl: 'not needed' }),
    },
  });
  const [engine] = engines;
  if (!engine) throw new Error(`no engine ${name}`);
  const running = await engine.start(ending.signal);
  started.push(running);
  return running;
}

/** A broker that a test kills and starts again on the same port, with its store or without. */
export async function prepareBroker() {
  const dataDir = temporaryFolder();
  const password = 'test-password';
  const [engine] = await prepareEngines({
    dataDir,
    passwords: { postgres: 'unused', nats: password, redis: 'unused' },
    given: { databaseUrl: 'not needed', redisUrl: 'not needed' },
  });
  if (!engine) throw new Error('no broker');
  const store = join(dataDir, 'nats', 'jetstream');
  let child: Child | undefined;
  return {
    url: natsUrlOf({ port: engine.port, password }),
    async start() {
      child = await engine.start(ending.signal);
      started.push(child);
    },
    kill: async () => child?.stop('SIGKILL', 1000),
    stop: async () => child?.stop('SIGTERM', 5000),
    store,
    wipe: () => rmSync(store, { recursive: true, force: true }),
    /** Removes the messages of a stream, but not its consumers' memory of them. */
    forgetMessages: (stream: string) =>
      rmSync(join(store, 'jetstream', '$G', 'streams', stream, 'msgs'), { recursive: true }),
  };
}

/** Where nobody may install one, the runner leaves out the files that need it. */
const hasRedis = findProgram(PROGRAMS.redis) !== null;

export async function startSharedEngines(): Promise<SharedEngines> {
  const [postgresql, redis] = await Promise.all([
    startEngine('postgresql'),
    hasRedis ? startEngine('redis') : { url: NO_REDIS },
  ]);
  for (const setting of FAST_SETTINGS) await administer(postgresql.url, `alter system set ${setting}`);
  await administer(postgresql.url, 'select pg_reload_conf()');
  await administer(postgresql.url, `create database ${TEMPLATE}`);
  await migrate(postgresql.url.replace(/\/ecsdb$/, `/${TEMPLATE}`));
  return { databaseUrl: postgresql.url, redisUrl: redis.url };
}

function sharedEngines(): Promise<SharedEngines> {
  const inherited = process.env[SHARED_ENGINES];
  shared ??= inherited ? Promise.resolve(JSON.parse(inherited) as SharedEngines) : startSharedEngines();
  return shared;
}

/** A migrated database that no other test sees. */
export async function createTestDatabase(): Promise<string> {
  const { databaseUrl } = await sharedEngines();
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  // Copies files, a fifth of the work of logging every page.
  await administer(databaseUrl, `create database ${name} template ${TEMPLATE} strategy file_copy`);
  return databaseUrl.replace(/\/ecsdb$/, `/${name}`);
}

export async function sharedRedisUrl(): Promise<string> {
  return (await sharedEngines()).redisUrl;
}

async function administer(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

/** Ends every engine that this process started; the preloaded file calls it after each file of tests. */
export async function stopEngines(): Promise<void> {
  ending.abort();
  ending = new AbortController();
  await Promise.all(started.splice(0).map((child) => child.exited));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

const POLL_MS_MIN = 20;
const POLL_MS_MAX = 250;

/** Polls until a condition holds; fails with its last error, or with the condition's name. */
export async function eventually<T>(
  what: string,
  attempt: () => T | false | undefined | null | Promise<T | false | undefined | null>,
  deadlineMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    const startedMs = performance.now();
    try {
      const value = await attempt();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw last instanceof Error ? last : new Error(`did not come true in ${deadlineMs} ms: ${what}`);
    }
    // Waits longer for a slow condition: polling all processes of a system without pause would starve them.
    const tookMs = performance.now() - startedMs;
    await Bun.sleep(Math.min(Math.max(3 * tookMs, POLL_MS_MIN), POLL_MS_MAX));
  }
}
