import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Child, EngineOptions, OnSpawn } from '../processes/child.ts';
import { freePort } from '../processes/ports.ts';
import { type Notify, printNotice } from '../notice.ts';
import { ensurePrograms } from './install.ts';
import { natsFault, natsUrlOf, startNats } from './nats.ts';
import { durabilityNote, versionOf } from './nats-program.ts';
import { postgresUrlOf, startPostgres } from './postgres.ts';
import { redisUrlOf, startRedis } from './redis.ts';

type EngineName = 'postgresql' | 'nats' | 'redis';

/** How to start an engine, again and again, on the same port and the same data. */
export interface Engine {
  name: EngineName;
  port: number;
  url: string;
  /** The signal kills it. */
  start(signal?: AbortSignal, onSpawn?: OnSpawn): Promise<Child & { url: string }>;
  /** The signal that stops it in order. */
  stopSignal: NodeJS.Signals;
  /** Why it has to be restarted while it runs; null where it need not be. */
  fault?(): Promise<string | null>;
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
  /** Called when PostgreSQL takes connections, which a new one does before it has started. */
  onAccepting?: () => void;
}): Promise<Engine[]> {
  const { dataDir, given, passwords, ports = {}, notify = printNotice, onAccepting } = options;
  const programs = ensurePrograms(programsBeside(given), notify);
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
      url: postgresUrlOf(server),
      start: (signal, onSpawn) => startPostgres({ ...server, notify, onAccepting, signal, onSpawn }),
      // Fast shutdown: sessions are ended, nothing is lost.
      stopSignal: 'SIGINT',
    });
  }
  if (!given.natsUrl) {
    const settings = { ...(await common('nats', programs.nats)), password: passwords.nats };
    engines.push({
      name: 'nats',
      port: settings.port,
      url: natsUrlOf(settings),
      note: durabilityNote(versionOf(settings.program)),
      start: (signal, onSpawn) => startNats({ ...settings, signal, onSpawn }),
      stopSignal: 'SIGTERM',
      fault: () => natsFault(settings),
    });
  }
  if (!given.redisUrl && programs.redis) {
    const settings = { ...(await common('redis', programs.redis)), password: passwords.redis };
    engines.push({
      name: 'redis',
      port: settings.port,
      url: redisUrlOf(settings),
      start: (signal, onSpawn) => startRedis({ ...settings, signal, onSpawn }),
      stopSignal: 'SIGTERM',
    });
  }
  return engines;
}

function programsBeside({ databaseUrl, natsUrl, redisUrl }: GivenAddresses) {
  return [
    ...(databaseUrl ? [] : (['postgres', 'initdb'] as const)),
    ...(natsUrl ? [] : (['nats'] as const)),
    ...(redisUrl ? [] : (['redis'] as const)),
  ];
}
