import { chmodSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NO_REDIS } from '../../../platform/addresses/redis.ts';
import { holderOfPort } from '../processes/port-holder.ts';
import { freePort, isListening } from '../processes/ports.ts';
import { type Engine, type GivenAddresses, prepareEngines } from '../engines/engine.ts';
import { readEngineEnvironment } from '../addresses.ts';
import { environment } from '../environment.ts';
import type { Notify } from '../notice.ts';
import { SetupError } from '../setup-error.ts';
import type { Replicas } from './replicas.ts';
import { createGate, type Gate } from './gate.ts';
import { planServices, type ServiceProcess, type WatchedService } from './services.ts';
import { loadSecrets, type Secrets } from './secrets.ts';
import { identify } from '../processes/process-id.ts';
import type { ProcessLock } from '../processes/process-lock.ts';
import { claimFolder } from './claim-folder.ts';
import type { SystemState } from './state.ts';
import { countDatabaseStarts, type DatabaseStarts, prepareDatabase } from './prepare-database.ts';
import { startEngines, startServices, untilServicesReady } from './start-processes.ts';
import { clearLeftovers } from './stop-system.ts';
import { superviseSystem, type SystemProcesses } from './supervise-system.ts';

/** A whole system, engines and services, supervised by this process. */
export interface System {
  url: string;
  internalKey: string;
  /** Signs tokens, for callers that need many customers at once. */
  secretKey: string;
  databaseUrl: string;
  natsUrl: string;
  redisUrl: string;
  dataDir: string;
  /** Drains the services, then stops the engines; loses nothing and leaves no process behind. */
  stop(): Promise<void>;
  /** Ends every process at once. */
  kill(): void;
  state(): SystemState;
}

/** As the services find the engines. */
export interface EngineUrls {
  DATABASE_URL: string;
  NATS_URL: string;
  REDIS_URL: string;
}

export interface SystemOptions {
  dataDir: string;
  /** 0 for a free one. */
  port: number;
  split: boolean;
  /** Processes a service; with `split` only. */
  replicas?: Replicas;
  /** The service in the foreground; with `split` only. */
  watched?: WatchedService;
  /** More environment for the services, which may depend on where the engines are. */
  variables?:
    | Record<string, string>
    | ((urls: EngineUrls) => Promise<Record<string, string>> | Record<string, string>);
  /** Engines that run already, beside those that the environment gives. */
  given?: GivenAddresses;
  /** Called when no other process can start a system on the folder. */
  onClaimed?: () => void;
  /** Called before the first process starts, with a function that ends every process at once. */
  onBegun?: (kill: () => void) => void;
  /** Called with each step. */
  onStep?: (step: string) => void;
  /** Called with the processes whenever the state of one has changed. */
  onChildren?: (children: SystemState['children']) => void;
  /** Called with each installation; by default it is a line on stderr. */
  notify?: Notify;
}

/**
 * Starts everything and resolves when it is ready. Throws a SetupError after it has stopped everything that
 * it started.
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const dataDir = resolve(options.dataDir);
  mkdirSync(join(dataDir, 'logs'), { recursive: true });
  chmodSync(join(dataDir, 'logs'), 0o700);
  const lock = await claimFolder(dataDir, options.port);
  try {
    options.onClaimed?.();
    return await startClaimed({ ...options, dataDir }, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Starts a system on a folder that is this process's alone until the system has stopped. */
async function startClaimed(options: SystemOptions, lock: ProcessLock): Promise<System> {
  const { dataDir, onChildren } = options;
  await clearLeftovers(dataDir);
  const parts = await prepareParts(options);
  const state = initialState(options, parts);
  const processes = superviseSystem({ dataDir, state, lock, onChildren });
  options.onBegun?.(processes.kill);
  try {
    await startProcesses(options, parts, state, processes);
  } catch (error) {
    await processes.stop();
    throw error;
  }
  const { url, databaseUrl, natsUrl, redisUrl } = state;
  const { internalKey, secretKey } = parts.secrets;
  const { stop, kill } = processes;
  return {
    url,
    internalKey,
    secretKey,
    databaseUrl,
    natsUrl,
    redisUrl,
    dataDir,
    stop,
    kill,
    state: () => structuredClone(state),
  };
}

/** The parts of a system before its first process runs. */
interface Parts {
  /** The gateway's. */
  port: number;
  /** Addresses of engines that run already. */
  givenUrls: GivenAddresses;
  secrets: Secrets;
  /** The engines to start. */
  engines: Engine[];
  starts: DatabaseStarts;
}

async function prepareParts({ dataDir, notify, ...options }: SystemOptions): Promise<Parts> {
  const port = await portOf(options.port);
  const givenUrls = { ...readEngineEnvironment(), ...options.given };
  const secrets = loadSecrets(dataDir, givenUrls);
  const starts = countDatabaseStarts();
  const { passwords } = secrets;
  const { onAccepting } = starts;
  const engines = await prepareEngines({ dataDir, passwords, given: givenUrls, notify, onAccepting });
  return { port, givenUrls, secrets, engines, starts };
}

function initialState(options: SystemOptions, { port, givenUrls, secrets, engines }: Parts): SystemState {
  const urlOf = (name: Engine['name']) => engines.find((engine) => engine.name === name)?.url;
  return {
    supervisor: identify(process.pid),
    state: 'starting',
    url: `http://localhost:${port}`,
    databaseUrl: givenUrls.databaseUrl ?? urlOf('postgresql') ?? '',
    natsUrl: givenUrls.natsUrl ?? urlOf('nats') ?? '',
    redisUrl: givenUrls.redisUrl ?? urlOf('redis') ?? NO_REDIS,
    internalKey: secrets.internalKey,
    erasureKey: secrets.erasureKey,
    enginePorts: Object.fromEntries(engines.map((engine) => [engine.name, engine.port])),
    notes: engines.flatMap(({ note }) => note ?? []),
    children: [],
    upFlags: flagsOf(options, port),
  };
}

/** Starts engines, and services while the database is prepared; resolves when all services are ready. */
async function startProcesses(
  options: SystemOptions,
  parts: Parts,
  state: SystemState,
  { engines, services, save }: SystemProcesses,
): Promise<void> {
  const { dataDir, onStep } = options;
  onStep?.('starting the engines');
  const started = startEngines(parts.engines, engines, { dataDir, save });
  const gate = createGate();
  const prepare = async () => {
    const isOwn = !parts.givenUrls.databaseUrl;
    // A new database is on the disk by then, so that nothing is acknowledged before.
    await prepareDatabase(state, { isOwn, starts: parts.starts, started: started.all, onStep });
    gate.open();
  };
  const open = async () => {
    await started.withoutDatabase;
    onStep?.('starting the services');
    const plan = await planSystem(options, parts, state, gate);
    // An engine may have failed meanwhile.
    if (state.state === 'stopping') throw new SetupError('stopped while it started');
    await startServices(plan, services, save);
    return plan;
  };
  const [plan] = await Promise.all([open(), prepare(), started.all]);
  await untilServicesReady(plan, services);
  state.state = 'running';
  save();
}

/** Plans the services, and keeps in the state where they are found. */
async function planSystem(
  options: SystemOptions,
  { port, secrets }: Parts,
  state: SystemState,
  gate: Gate,
): Promise<ServiceProcess[]> {
  const urls = { DATABASE_URL: state.databaseUrl, NATS_URL: state.natsUrl, REDIS_URL: state.redisUrl };
  const { variables, dataDir, split, replicas, watched } = options;
  const more = typeof variables === 'function' ? await variables(urls) : variables;
  const isSecured = Boolean(more?.TLS_CERT_FILE ?? environment().TLS_CERT_FILE);
  if (isSecured) state.url = `https://localhost:${port}`;
  const { processes, modelUrl, consoleUrl } = await planServices({
    split,
    replicas,
    watched,
    dataDir,
    gatewayPort: port,
    isSecured,
    gate,
    variables: {
      ...urls,
      SECRET_KEY: secrets.secretKey,
      INTERNAL_SERVICE_API_KEY: secrets.internalKey,
      ERASURE_KEY: secrets.erasureKey,
      ...more,
    },
  });
  state.modelUrl = modelUrl;
  state.consoleUrl = consoleUrl;
  return processes;
}

/** The flags of `ecs up` for one like it; the port is the one that clients know. */
function flagsOf({ split, replicas = {} }: SystemOptions, port: number): string[] {
  const counts = Object.entries(replicas).map(([service, count]) => `${service}=${count}`);
  return [
    '--port',
    String(port),
    ...(split ? ['--split'] : []),
    ...(counts.length === 0 ? [] : ['--replicas', counts.join(',')]),
  ];
}

/** A free port for 0. Throws a conflict that names the process that has the port. */
async function portOf(port: number): Promise<number> {
  if (port === 0) return freePort();
  if (!(await isListening(port))) return port;
  throw new SetupError(`port ${port} is in use by ${holderOfPort(port)}`, {
    kind: 'conflict',
    retry: { flags: { '-p': null, '--port': '0' } },
  });
}
