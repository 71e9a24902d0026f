import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, type EngineOptions, startChild, untilReady } from '../processes/child.ts';

const READY_MS = 15_000;

/** A private Redis: a cache and nothing else, so it keeps nothing on disk. */
export async function startRedis(
  options: EngineOptions & { password: string },
): Promise<Child & { url: string }> {
  const folder = join(options.dataDir, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const configFile = join(folder, 'redis.conf');
  writeFileSync(
    configFile,
    [
      'bind 127.0.0.1',
      `port ${options.port}`,
      `requirepass ${options.password}`,
      `dir "${folder}"`,
      'save ""',
      'appendonly no',
      'maxmemory 64mb',
      'maxmemory-policy allkeys-lru',
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
  const child = startChild({
    name: 'redis',
    dataDir: options.dataDir,
    signal: options.signal,
    onSpawn: options.onSpawn,
    command: [options.program, configFile],
    logFile: options.logFile,
    cwd: '/',
  });
  const url = redisUrlOf(options);
  try {
    await untilReady(child, async () => (await processId(url)) === child.pid, {
      deadlineMs: READY_MS,
      logFile: options.logFile,
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return { ...child, url };
}

export function redisUrlOf({ port, password }: { port: number; password: string }): string {
  return `redis://:${password}@127.0.0.1:${port}`;
}

/** The pid that the server itself tells. */
async function processId(url: string): Promise<number> {
  // The runtime's own client: the one of the services takes longer to load than Redis to start.
  const redis = new Bun.RedisClient(url, { connectionTimeout: 500, autoReconnect: false });
  try {
    const text = String(await redis.send('INFO', ['server']));
    return Number(/process_id:(\d+)/.exec(text)?.[1]);
  } finally {
    redis.close();
  }
}
