import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Child, type EngineOptions, startChild, untilReady } from '../processes/child.ts';
import { syncsFirst, versionOf } from './nats-program.ts';

const READY_MS = 15_000;

const NATS_USER = 'ecs';

/** A private nats-server with JetStream on disk, for nobody without the password. */
export async function startNats(
  options: EngineOptions & { password: string },
): Promise<Child & { url: string }> {
  const folder = join(options.dataDir, 'nats');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The name identifies our own child among other servers that may listen on the port.
  const name = `ecs-${crypto.randomUUID()}`;
  const configFile = join(folder, 'nats.conf');
  writeFileSync(
    configFile,
    [
      `server_name: "${name}"`,
      'host: "127.0.0.1"',
      `port: ${options.port}`,
      `jetstream { ${storeSettings(options.program, folder)} }`,
      `authorization { user: ${NATS_USER}, password: ${JSON.stringify(options.password)} }`,
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

export function natsUrlOf({ port, password }: { port: number; password: string }): string {
  return `nats://${NATS_USER}:${password}@127.0.0.1:${port}`;
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
