import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Child, EngineOptions } from '../processes/child.ts';
import { freePort } from '../processes/ports.ts';
import { type Notify, printNotice } from '../notice.ts';
import { ensurePrograms } from './install.ts';
import { startNats } from './nats.ts';
import { durabilityNote, versionOf } from './nats-program.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';

type EngineName = 'postgresql' | 'nats' | 'redis';

/** How to start an engine, again and again, on the same port and the same data. */
export interface Engine {
  name: EngineName;
  port: number;
  /** The signal kills it. */
  start(signal?: AbortSignal): Promise<Child & { url: string }>;
  /** The signal that stops it in order. */
  stopSignal: NodeJS.Signals;
  /** Facts that a user of this engine has to know. */
  note?: string | null;
}

/** Engines at an address that the user gives are the user's: they are neither started nor stopped here. */
export interface GivenAddresses {
  databaseUrl?: string | undefined;
  natsUrl?: string | undefined;
  redisUrl?: string | undefined;
}

/** Ports that an earlier run used, so that addresses stay the same. */
export type EnginePorts = Partial<Record<EngineName, number>>;

/**
 * The engines that are not given, installed where they are missing, ready to be started. Throws a SetupError.
 */
export async function prepareEngines(options: {
  dataDir: string;
  passwords: Record<'postgres' | 'nats' | 'redis', string>;
  given: GivenAddresses;
  ports?: EnginePorts;
  notify?: Notify | undefined;
}): Promise<Engine[]> {
  const { dataDir, given, passwords, ports = {}, notify = printNotice } = options;
  const programs = ensurePrograms(
    [
      ...(given.databaseUrl ? [] : (['postgres', 'initdb'] as const)),
      ...(given.natsUrl ? [] : (['nats'] as const)),
      ...(given.redisUrl ? [] : (['redis'] as const)),
    ],
    notify,
  );
  mkdirSync(join(dataDir, 'logs'), { recursive: true, mode: 0o700 });
  const common = async (name: EngineName, program: string | undefined): Promise<EngineOptions> => ({
    program: program ?? '',
    port: ports[name] ?? (await freePort()),
    dataDir,
    logFile: join(dataDir, 'logs', `${name}.log`),
  });

  const engines: Engine[] = [];
  if (!given.databaseUrl) {
    const settings = await common('postgresql', programs.postgres);
    const server = { ...settings, initdb: programs.initdb ?? '', password: passwords.postgres };
    engines.push({
      name: 'postgresql',
      port: settings.port,
      start: (signal) => startPostgres({ ...server, notify, signal }),
      // Fast shutdown: sessions are ended, nothing is lost.
      stopSignal: 'SIGINT',
    });
  }
  if (!given.natsUrl) {
    const settings = await common('nats', programs.nats);
    engines.push({
      name: 'nats',
      port: settings.port,
      note: durabilityNote(versionOf(settings.program)),
      start: (signal) => startNats({ ...settings, password: passwords.nats, signal }),
      stopSignal: 'SIGTERM',
    });
  }
  if (!given.redisUrl && programs.redis) {
    const settings = await common('redis', programs.redis);
    engines.push({
      name: 'redis',
      port: settings.port,
      start: (signal) => startRedis({ ...settings, password: passwords.redis, signal }),
      stopSignal: 'SIGTERM',
    });
  }
  return engines;
}
