import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startChild } from '../../deploy/local/processes/child.ts';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { PARTS as SERVICES, type PartName } from '../../deploy/local/stack/services.ts';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { PARTITIONS, type SecuredEngines } from './secured-engines.ts';

/** Every part as a process of its own, each with its own credentials and with no others, as in compose.yaml. */
export interface SecuredParts {
  url: string;
  internalKey: string;
  logs: string;
  /** The readiness that each process reports at /readyz. */
  readiness(part: string): Promise<{ status: number; dependencies: Record<string, string> }>;
  stop(): Promise<void>;
}

const PARTS = [...SERVICES, 'stream-keeper'] as const;
type Secured = PartName | 'stream-keeper';

const ENTRY = join(import.meta.dir, '..', '..', 'apps', 'main.ts');
const READY_MS = 30_000;
const USES: Record<Secured, ('postgres' | 'nats' | 'redis')[]> = {
  gateway: ['redis'],
  'emotion-ingestion': ['nats', 'redis'],
  'transaction-ingestion': ['nats', 'redis'],
  'emotion-processing': ['postgres', 'nats'],
  'transaction-processing': ['postgres', 'nats'],
  credit: ['postgres', 'nats', 'redis'],
  'ml-mock': [],
  'credit-application': ['postgres', 'nats'],
  'stream-keeper': ['nats'],
};

export async function startSecuredParts(engines: SecuredEngines): Promise<SecuredParts> {
  const logs = temporaryFolder();
  const internalKey = crypto.randomUUID();
  const ports = new Map<Secured, number>();
  for (const part of PARTS) ports.set(part, await freePort());
  const at = (part: Secured) => `http://127.0.0.1:${ports.get(part)}`;
  const shared = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    SECRET_KEY: crypto.randomUUID(),
    INTERNAL_SERVICE_API_KEY: internalKey,
    EMOTION_SERVICE_URL: at('emotion-ingestion'),
    TRANSACTION_SERVICE_URL: at('transaction-ingestion'),
    USER_CREDIT_SERVICE_URL: at('credit'),
    CREDIT_ANALYSIS_SERVICE_URL: at('ml-mock'),
    STREAM_PARTITIONS: String(PARTITIONS),
    STREAM_RIGHTS: 'use',
  };
  const credentialsOf = (part: Secured) => ({
    ...(USES[part].includes('postgres')
      ? { DATABASE_URL: engines.postgresUrl(`ecs_${part.replaceAll('-', '_')}`) }
      : {}),
    ...(USES[part].includes('nats') ? { NATS_URL: engines.natsUrl(part) } : {}),
    ...(USES[part].includes('redis') ? { REDIS_URL: engines.redisUrl(part) } : {}),
  });
  const children: Child[] = [];
  const opsPorts = new Map<string, number>();
  const readiness = async (part: string) => {
    const response = await fetch(`http://127.0.0.1:${opsPorts.get(part)}/readyz`);
    const { dependencies } = (await response.json()) as { dependencies: Record<string, string> };
    return { status: response.status, dependencies };
  };
  const stop = async () => void (await Promise.all(children.map((child) => child.stop('SIGTERM', 10_000))));
  const start = async (part: Secured) => {
    const opsPort = await freePort();
    opsPorts.set(part, opsPort);
    const child = startChild({
      name: part,
      command: [process.execPath, ENTRY, part],
      logFile: join(logs, `${part}.log`),
      env: { ...shared, ...credentialsOf(part), PORT: String(ports.get(part)), OPS_PORT: String(opsPort) },
    });
    children.push(child);
    const isReady = async () => {
      const { status, dependencies } = await readiness(part);
      if (status !== 200) throw new Error(`${part}: ${JSON.stringify(dependencies)}`);
      return true;
    };
    await eventually(`${part} is ready`, isReady, READY_MS);
  };
  await Promise.all(PARTS.map(start)).catch(async (error: unknown) => {
    await stop();
    const reports = PARTS.map(
      (part) => `${part}: ${readFileSync(join(logs, `${part}.log`), 'utf8').slice(-1000)}`,
    );
    throw new Error(`${String(error)}\n${reports.join('\n')}`);
  });
  return { url: at('gateway'), internalKey, logs, readiness, stop };
}
