import { Redis } from 'ioredis';
import postgres from 'postgres';
import { readRedisUrl } from '../../platform/addresses/redis.ts';
import { connectPostgres } from '../../platform/data/connect-postgres.ts';
import { migrationFiles } from '../../platform/data/migrate.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { reasonOf } from '../../platform/kernel/errors.ts';
import { withDeadline } from '../../platform/kernel/lifecycle.ts';
import { streamNames } from '../../platform/messaging/inspect.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { DEAD_LETTERS } from '../../platform/messaging/topology.ts';
import { withBus } from '../config/broker.ts';
import { type Check, ok, problem } from './check.ts';
import type { Origin } from './engine-origin.ts';

/** Asks the engines of a system from this machine, each with a deadline: a frozen one accepts connections. */

const ASK_MS = 3_000;
const CONNECT_SECONDS = 3;

export async function checkDatabase(url: string, origin: Origin): Promise<Check[]> {
  const sql = connectPostgres(url, { max: 1, name: 'ecs doctor', connectSeconds: CONNECT_SECONDS });
  try {
    return await withDeadline(compareVersions(sql, origin), ASK_MS, NO_RESPONSE);
  } catch (error) {
    const { code = NO_RESPONSE } = error as { code?: string };
    if (code === '42P01') return [problem('database', 'empty', 'ecs migrate')];
    const why = error instanceof postgres.PostgresError ? error.message : code;
    return [problem('database', `cannot be used (${why}), ${origin.words}`, origin.remedy)];
  } finally {
    // Not awaited, since a frozen server does not close its connections.
    void sql.end({ timeout: 1 }).catch(() => {});
  }
}

const NO_RESPONSE = `no response in ${ASK_MS / 1000} s`;

async function compareVersions(sql: Sql, { words }: Origin): Promise<Check[]> {
  const applied = await sql<{ version: number; md5: string | null }[]>`
    select version::int, md5 from schema_version where version > 0`;
  const checksums = new Map(applied.map(({ version, md5 }) => [version, md5]));
  const files = migrationFiles();
  const version = Math.max(0, ...checksums.keys());
  const newest = Math.max(...files.map((file) => file.version));
  const changed = files.filter(({ version, checksum }) => (checksums.get(version) ?? checksum) !== checksum);
  const checks = changed.map(({ file }) =>
    problem('database', `${file} was changed after it was applied`, `git checkout -- ${file}`),
  );
  if (version < newest) checks.push(problem('database', `version ${version} of ${newest}`, 'ecs migrate'));
  const gaps = files.filter((file) => file.version < version && !checksums.has(file.version));
  for (const { file } of gaps) checks.push(problem('database', `${file} was not applied`, 'ecs migrate'));
  if (version > newest) {
    const remedy = 'git pull';
    checks.push(problem('database', `version ${version}, newer than this ecs (${newest})`, remedy));
  }
  return checks.length > 0 ? checks : [ok('database', `version ${version}, ${words}`)];
}

export async function checkBroker(natsUrl: string, origin: Origin): Promise<Check[]> {
  const expectedStreams = [...Object.values(TOPICS).map(({ stream }) => stream), DEAD_LETTERS.stream];
  const ask = withBus(natsUrl, async (bus) => {
    const present = new Set(await streamNames(bus));
    return expectedStreams.filter((stream) => !present.has(stream));
  });
  try {
    const missing = await withDeadline(ask, 2 * ASK_MS, NO_RESPONSE);
    if (missing.length === 0) return [ok('broker', `${expectedStreams.length} streams, ${origin.words}`)];
    const remedy = 'ecs status';
    return [problem('broker', `no stream ${missing.join(', ')}`, remedy)];
  } catch (error) {
    const why = reasonOf(error);
    return [problem('broker', `${why}, ${origin.words}`, origin.remedy)];
  }
}

export async function checkCache(redisUrl: string, origin: Origin): Promise<Check[]> {
  const redis = new Redis({
    ...readRedisUrl(redisUrl),
    disableClientInfo: true,
    lazyConnect: true,
    connectTimeout: ASK_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Says what the server said; the request below fails with a closed connection alone.
  let failure: unknown;
  redis.on('error', (error) => (failure ??= error));
  try {
    await withDeadline(
      redis.connect().then(() => redis.ping()),
      ASK_MS,
      NO_RESPONSE,
    );
    return [ok('cache', origin.words)];
  } catch (error) {
    const why = reasonOf(failure ?? error);
    return [problem('cache', `${why}, ${origin.words}`, origin.remedy)];
  } finally {
    redis.disconnect();
  }
}
