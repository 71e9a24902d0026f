import { join } from 'node:path';
import { type Child, type OnSpawn, startChild, untilReady } from '../processes/child.ts';
import { freePort } from '../processes/ports.ts';
import { SetupError } from '../setup-error.ts';
import { environment } from '../environment.ts';
import { bundleServices, existingEntry, SOURCE } from './bundle-services.ts';
import { type Gate, holdAt } from './gate.ts';
import { type Replicas, replicaNames } from './replicas.ts';
import { CHALLENGER, type ServiceName, SERVICES } from './service-names.ts';

/** Runs one service in the foreground: restarted at each change of its code, open to a debugger. */
export interface WatchedService {
  name: ServiceName;
  inspectorPort: number;
}

export interface ServiceProcess {
  name: string;
  services: string[];
  port: number;
  opsUrl: string;
  logFile: string;
  /** The signal kills it. */
  start(signal?: AbortSignal, onSpawn?: OnSpawn): Promise<Child>;
}

const READY_MS = 30_000;

/** Where the user says nothing else; the image has the same for the runtime. */
const LOCAL_DEFAULTS = {
  // By itself it has at most 256 requests to other services in flight.
  BUN_CONFIG_MAX_HTTP_REQUESTS: '65336',
  // By itself it lets the heap grow by the machine's memory, in which a third more is garbage at the peak.
  BUN_JSC_forceRAMSize: String(256 * 2 ** 20),
  // All customers of a load test register from one address.
  REGISTRATIONS_PER_ADDRESS: '1000000',
};

/** Plans the processes of all services: their ports, their environment, how each is started. */
export async function planServices(options: {
  split: boolean;
  /** With `split` only: processes of a service share its port. */
  replicas?: Replicas;
  dataDir: string;
  gatewayPort: number;
  variables: Record<string, string>;
  /** Opens when the database is prepared. */
  gate: Gate;
  /** Whether the services have certificates. */
  isSecured: boolean;
  watched?: WatchedService | undefined;
}): Promise<{ processes: ServiceProcess[]; modelUrl: string; consoleUrl: string }> {
  const ports = new Map<ServiceName, number>();
  const challenger = options.variables.CHALLENGER_MODEL_URL ?? environment().CHALLENGER_MODEL_URL;
  const isOfMock = challenger?.startsWith('/') === true;
  const ownModel = options.variables.CREDIT_ANALYSIS_SERVICE_URL || environment().CREDIT_ANALYSIS_SERVICE_URL;
  // Where the user has a model, the mock is only there to challenge it.
  const isMockNeeded = !ownModel || isOfMock;
  const services: ServiceName[] = SERVICES.filter((name) => name !== 'ml-mock' || isMockNeeded);
  if (challenger) services.push(CHALLENGER);
  requireServices(options.replicas ?? {}, services);
  for (const service of services) {
    ports.set(service, service === 'gateway' ? options.gatewayPort : await freePort());
  }
  // Certificates are for names.
  const origin = options.isSecured ? 'https://localhost' : 'http://127.0.0.1';
  const at = (service: ServiceName) => `${origin}:${ports.get(service)}`;
  const modelUrl = ownModel || at('ml-mock');
  const variables = {
    ...localDefaults(environment()),
    ...options.variables,
    HOST: '127.0.0.1',
    REPORTS_DIR: join(options.dataDir, 'reports'),
    ...serviceUrls(at),
    CREDIT_ANALYSIS_SERVICE_URL: modelUrl,
    CONSOLE_PORT: String(ports.get('console')),
    // A path alone is of the mock.
    CHALLENGER_MODEL_URL: isOfMock ? `${at('ml-mock')}${challenger}` : challenger,
  };
  // Without the files that the user's values were read from: they may have changed since.
  const files = Object.keys(variables).map((name) => [`${name}_FILE`, undefined]);
  const shared = { ...environment(), ...Object.fromEntries(files), ...variables };
  const plan = createPlanning({ ...options, shared, entry: await bundleServices() });
  const urls = { modelUrl, consoleUrl: `${at('console')}/console/` };
  const { replicas = {} } = options;
  const alone = (service: ServiceName) => {
    const names = replicaNames(service, replicas);
    const isShared = names.length > 1;
    return names.map((name) => plan({ name, services: [service], port: ports.get(service) ?? 0, isShared }));
  };
  if (options.split) return { processes: await Promise.all(services.flatMap(alone)), ...urls };
  // Together, the mock would listen where the user's model does.
  const together = services.filter((name) => name !== 'ml-mock' || !ownModel);
  const apart = services.filter((name) => !together.includes(name));
  const all = plan({ name: 'ecs', services: together, port: options.gatewayPort, isShared: false });
  return { processes: await Promise.all([all, ...apart.flatMap(alone)]), ...urls };
}

/** An empty one is not set, as all of ours; the runtime would not start with it. */
function localDefaults(env: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(LOCAL_DEFAULTS)
      .filter(([name]) => !env[`${name}_FILE`]?.trim())
      .map(([name, value]) => [name, env[name]?.trim() || value]),
  );
}

/** Plans processes that know the private addresses of one another. */
function createPlanning(options: {
  dataDir: string;
  gate: Gate;
  watched?: WatchedService | undefined;
  /** The environment that all have. */
  shared: Record<string, string | undefined>;
  /** The file that starts services. */
  entry: string;
}) {
  // Complete by the time the first process starts.
  const opsUrls: string[] = [];
  return async (planned: {
    name: string;
    services: string[];
    port: number;
    isShared: boolean;
  }): Promise<ServiceProcess> => {
    const { name, services, port, isShared } = planned;
    const opsPort = await freePort();
    const opsUrl = `http://127.0.0.1:${opsPort}`;
    opsUrls.push(opsUrl);
    const logFile = join(options.dataDir, 'logs', `${name}.log`);
    const ownPorts = { PORT: String(port), OPS_PORT: String(opsPort), REUSE_PORT: String(isShared) };
    const env = () => ({ ...options.shared, ...ownPorts, OPS_URLS: opsUrls.join(',') });
    const watched = options.watched?.name === name ? options.watched : undefined;
    const bunOptions = watched ? optionsOfWatched(watched) : [];
    const start = async (signal?: AbortSignal, onSpawn?: OnSpawn) => {
      // It starts anew at each change of its code, when nobody writes to its stdin any more.
      if (watched) await options.gate.opened;
      const args = [watched ? SOURCE : existingEntry(options.entry), ...services];
      const { held, ...heldOptions } = holdAt(options.gate);
      const own = { env: { ...env(), ...held }, ...heldOptions, signal, onSpawn, dataDir: options.dataDir };
      return startService({ name, bunOptions, args, opsUrl, logFile, ...own });
    };
    return { name, services, port, opsUrl, logFile, start };
  };
}

function requireServices(replicas: Replicas, services: ServiceName[]): void {
  const idle = Object.keys(replicas).find((name) => !services.some((service) => service === name));
  if (idle === undefined) return;
  throw new SetupError(`--replicas: ${idle} does not run beside the model of CREDIT_ANALYSIS_SERVICE_URL`, {
    kind: 'usage',
  });
}

const serviceUrls = (at: (service: ServiceName) => string) => ({
  EMOTION_SERVICE_URL: at('emotion-ingestion'),
  TRANSACTION_SERVICE_URL: at('transaction-ingestion'),
  USER_CREDIT_SERVICE_URL: at('credit'),
  BACK_OFFICE_SERVICE_URL: at('back-office'),
  PRIVACY_SERVICE_URL: at('privacy'),
  GATEWAY_URL: at('gateway'),
});

function optionsOfWatched({ name, inspectorPort }: WatchedService): string[] {
  return ['--watch', '--no-clear-screen', `--inspect=127.0.0.1:${inspectorPort}/${name}`];
}

async function startService(options: {
  name: string;
  /** Empty for a process in the background. */
  bunOptions: string[];
  args: string[];
  opsUrl: string;
  dataDir: string;
  logFile: string;
  env: Record<string, string | undefined>;
  input: Promise<string> | undefined;
  signal: AbortSignal | undefined;
  onSpawn: OnSpawn | undefined;
}): Promise<Child> {
  const child = startChild({
    name: options.name,
    dataDir: options.dataDir,
    command: [process.execPath, ...options.bunOptions, ...options.args],
    logFile: options.logFile,
    isForeground: options.bunOptions.length > 0,
    signal: options.signal,
    onSpawn: options.onSpawn,
    input: options.input,
    env: options.env,
  });
  const isOurs = async () => {
    const response = await fetch(`${options.opsUrl}/statusz`, { signal: AbortSignal.timeout(2000) });
    return ((await response.json()) as { pid?: number }).pid === child.pid;
  };
  try {
    await untilReady(child, isOurs, { deadlineMs: READY_MS, logFile: options.logFile });
  } catch (error) {
    // Exit code 78 is the service's own refusal to start, with its reason in the log.
    child.kill('SIGKILL');
    if ((await child.exited) === '78') return child;
    throw error;
  }
  return child;
}

/**
 * Returns whether a process reports itself and its dependencies up. Throws a SetupError where waiting will
 * not help: the broker rejects a stream.
 */
export async function isReady(opsUrl: string): Promise<boolean> {
  let states: string[];
  try {
    const response = await fetch(`${opsUrl}/readyz`, { signal: AbortSignal.timeout(2000) });
    if (response.ok) return true;
    const { dependencies } = (await response.json()) as { dependencies?: Record<string, string> };
    states = Object.values(dependencies ?? {});
  } catch {
    return false;
  }
  const mismatch = states.find((state) => /^stream \S+ wants /.test(state));
  if (mismatch) throw new SetupError(mismatch, { retry: { variables: 'STREAM_BYTES_TOTAL=900MiB' } });
  return false;
}
