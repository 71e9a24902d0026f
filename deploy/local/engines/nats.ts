import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ServerHealth } from '../../../platform/messaging/server-health.ts';
import { type Child, type EngineOptions, startChild, untilReady } from '../processes/child.ts';
import { syncsFirst, versionOf } from './nats-program.ts';

const READY_MS = 15_000;

const NATS_USER = 'ecs';
/** Asks the server about itself, and has no streams. */
const SYSTEM_USER = 'ecs-system';

/** A private nats-server with JetStream on disk, for nobody without the password. */
export async function startNats(
  options: EngineOptions & { password: string },
): Promise<Child & { url: string }> {
  const folder = join(options.dataDir, 'nats');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The name identifies our own child among other servers that may listen on the port.
  const name = `ecs-${crypto.randomUUID()}`;
  const configFile = join(folder, 'nats.conf');
  const password = JSON.stringify(options.password);
  writeFileSync(
    configFile,
    [
      `server_name: "${name}"`,
      'host: "127.0.0.1"',
      `port: ${options.port}`,
      `jetstream { ${storeSettings(options.program, folder)} }`,
      `authorization { users: [ { user: ${NATS_USER}, password: ${password} } ] }`,
      `accounts { SYSTEM: { users: [ { user: ${SYSTEM_USER}, password: ${password} } ] } }`,
      'system_account: SYSTEM',
      'max_payload: 1MB',
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
  const child = startChild({
    name: 'nats',
    dataDir: options.dataDir,
    signal: options.signal,
    onSpawn: options.onSpawn,
    command: [options.program, '--config', configFile],
    logFile: options.logFile,
    cwd: '/',
  });
  try {
    await untilReady(child, async () => (await serverName(options.port)) === name, {
      deadlineMs: READY_MS,
      logFile: options.logFile,
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return { ...child, url: natsUrlOf(options) };
}

export function natsUrlOf(
  { port, password }: { port: number; password: string },
  user: typeof NATS_USER | typeof SYSTEM_USER = NATS_USER,
): string {
  return `nats://${user}:${password}@127.0.0.1:${port}`;
}

/** A stream grows by blocks of at most 8 MiB, and each partition is one. */
const ROOM_BYTES_MIN = 256 * 1024 ** 2;

/**
 * Why a running server has to be restarted; null where it need not be. Rejects when it does not respond.
 * A stream whose write failed, as on a full disk, takes nothing again before.
 */
export async function natsFault(
  options: Pick<EngineOptions, 'port' | 'dataDir'> & { password: string },
): Promise<string | null> {
  // The start of `ecs up` does not wait for the client's modules.
  const { askServerHealth } = await import('../../../platform/messaging/server-health.ts');
  const { bavail, bsize } = statfsSync(join(options.dataDir, 'nats'));
  return restartReason(await askServerHealth(natsUrlOf(options, SYSTEM_USER)), bavail * bsize);
}

/** A restart without room would end at the same fault, and interrupt those who read. */
export function restartReason({ data: { error } }: ServerHealth, freeBytes: number): string | null {
  const stream = /JetStream stream '\S+ > (\S+)' write error/.exec(error ?? '')?.[1];
  if (stream === undefined || freeBytes < ROOM_BYTES_MIN) return null;
  return `takes nothing for ${stream} since a write failed`;
}

/** A PubAck is to mean that the event survives the power: nats-server can promise that since 2.10. */
function storeSettings(program: string, folder: string): string {
  // Streams reserve their bytes, and each partition has its own; the disk need not have that much.
  const store = `store_dir: ${JSON.stringify(join(folder, 'jetstream'))}, max_file_store: 64GB`;
  return syncsFirst(versionOf(program)) ? `${store}, sync_interval: always` : store;
}

/** The name in the INFO line with which a server greets. */
function serverName(port: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect({ host: '127.0.0.1', port });
    socket.setTimeout(500, () => socket.destroy(new Error('no greeting')));
    socket.once('error', reject);
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const info = /^INFO (\{.*\})\s*\r\n/.exec(text)?.[1];
      if (info === undefined) return;
      socket.destroy();
      resolve((JSON.parse(info) as { server_name?: string }).server_name);
    });
  });
}
