import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startChild } from '../../deploy/local/processes/child.ts';
import { freePort } from '../../deploy/local/processes/ports.ts';
import { SERVICES, type ServiceName } from '../../deploy/local/stack/service-names.ts';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { PARTITIONS, type SecuredEngines } from './secured-engines.ts';

/** Every service as a process of its own, each with its own credentials and with no others, as in compose.yaml. */
export interface SecuredServices {
  url: string;
  internalKey: string;
  logs: string;
  /** The readiness that each process reports at /readyz. */
  readiness(service: string): Promise<{ status: number; dependencies: Record<string, string> }>;
  /** The paths of the API that were served with success. */
  servedPaths(): Promise<Set<string>>;
  stop(): Promise<void>;
}

const SECURED = [...SERVICES, 'challenger', 'stream-keeper'] as const;
type Secured = ServiceName | 'stream-keeper';

const ENTRY = join(import.meta.dir, '..', '..', 'apps', 'main.ts');
const READY_MS = 30_000;
const USES: Record<Secured, ('postgres' | 'nats' | 'redis')[]> = {
  gateway: ['redis'],
  'emotion-ingestion': ['nats', 'redis'],
  'transaction-ingestion': ['nats', 'redis'],
  'emotion-processing': ['postgres', 'nats'],
  'transaction-processing': ['postgres', 'nats'],
  credit: ['postgres', 'nats', 'redis'],
  'back-office': ['postgres', 'nats', 'redis'],
  privacy: ['postgres', 'nats', 'redis'],
  console: [],
  'ml-mock': [],
  'credit-application': ['postgres', 'nats'],
  challenger: ['postgres', 'nats'],
  webhooks: ['postgres', 'nats'],
  'stream-keeper': ['nats'],
};

export async function startSecuredServices(engines: SecuredEngines): Promise<SecuredServices> {
  const logs = temporaryFolder();
  const internalKey = crypto.randomUUID();
  const ports = new Map<Secured, number>();
  const opsPorts = new Map<string, number>();
  for (const service of SECURED) {
    ports.set(service, await freePort());
    opsPorts.set(service, await freePort());
  }
  const at = (service: Secured) => `http://127.0.0.1:${ports.get(service)}`;
  const shared = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    SECRET_KEY: crypto.randomUUID(),
    ERASURE_KEY: crypto.randomUUID(),
    ERASURE_SETTLE_SECONDS: '1',
    INTERNAL_SERVICE_API_KEY: internalKey,
    EMOTION_SERVICE_URL: at('emotion-ingestion'),
    TRANSACTION_SERVICE_URL: at('transaction-ingestion'),
    USER_CREDIT_SERVICE_URL: at('credit'),
    BACK_OFFICE_SERVICE_URL: at('back-office'),
    PRIVACY_SERVICE_URL: at('privacy'),
    GATEWAY_URL: at('gateway'),
    CREDIT_ANALYSIS_SERVICE_URL: at('ml-mock'),
    CHALLENGER_MODEL_URL: `${at('ml-mock')}/scorecard-2`,
    STREAM_PARTITIONS: String(PARTITIONS),
    STREAM_RIGHTS: 'use',
    OPS_URLS: Array.from(opsPorts.values(), (port) => `http://127.0.0.1:${port}`).join(','),
    WEBHOOK_ALLOW_NETWORKS: '127.0.0.1',
  };
  const credentialsOf = (service: Secured) => ({
    ...(USES[service].includes('postgres')
      ? { DATABASE_URL: engines.postgresUrl(`ecs_${service.replaceAll('-', '_')}`) }
      : {}),
    ...(USES[service].includes('nats') ? { NATS_URL: engines.natsUrl(service) } : {}),
    ...(USES[service].includes('redis') ? { REDIS_URL: engines.redisUrl(service) } : {}),
  });
  const children: Child[] = [];
  const readiness = async (service: string) => {
    const response = await fetch(`http://127.0.0.1:${opsPorts.get(service)}/readyz`);
    const { dependencies } = (await response.json()) as { dependencies: Record<string, string> };
    return { status: response.status, dependencies };
  };
  const servedPaths = async () => {
    const response = await fetch(`http://127.0.0.1:${opsPorts.get('gateway')}/metrics`);
    const served = (await response.text()).matchAll(/seconds_count\{.*endpoint="([^"]+)",status="2/g);
    return new Set(Array.from(served, ([, path = '']) => path));
  };
  const stop = async () => void (await Promise.all(children.map((child) => child.stop('SIGTERM', 10_000))));
  const start = async (service: Secured) => {
    const child = startChild({
      name: service,
      command: [process.execPath, ENTRY, service],
      logFile: join(logs, `${service}.log`),
      env: {
        ...shared,
        ...credentialsOf(service),
        PORT: String(ports.get(service)),
        OPS_PORT: String(opsPorts.get(service)),
      },
    });
    children.push(child);
    const isReady = async () => {
      const { status, dependencies } = await readiness(service);
      if (status !== 200) throw new Error(`${service}: ${JSON.stringify(dependencies)}`);
      return true;
    };
    await eventually(`${service} is ready`, isReady, READY_MS);
  };
  await Promise.all(SECURED.map(start)).catch(async (error: unknown) => {
    await stop();
    const reports = SECURED.map(
      (service) => `${service}: ${readFileSync(join(logs, `${service}.log`), 'utf8').slice(-1000)}`,
    );
    throw new Error(`${String(error)}\n${reports.join('\n')}`);
  });
  return { url: at('gateway'), internalKey, logs, readiness, servedPaths, stop };
}
