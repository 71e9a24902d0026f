import { readHttpUrl } from '../platform/addresses/http.ts';
import { LISTENER_VARIABLES } from '../platform/addresses/tls-variables.ts';
import { isSet } from '../platform/addresses/variable-text.ts';
import { createPeers } from '../platform/http/client-address.ts';
import {
  ConfigError,
  type ConfigOf,
  type Environment,
  PROCESS_VARIABLES,
  protectionsOf,
  readConfig,
  type Variables,
} from '../platform/kernel/config.ts';
import { createFailpoint } from '../platform/kernel/failpoint.ts';
import { holdUntilLine, NO_HOLD } from '../platform/kernel/hold.ts';
import { createLifecycle, pause } from '../platform/kernel/lifecycle.ts';
import { createLog, errorFields, type Logger } from '../platform/kernel/log.ts';
import { createMetrics } from '../platform/kernel/metrics.ts';
import { createOperations, type Service } from '../platform/http/operations.ts';
import { startFileWatch } from '../platform/kernel/open-files.ts';
import { limitsBelow, needsOf } from '../platform/kernel/runtime-limits.ts';
import { openProcessTls } from '../platform/http/process-tls.ts';
import type { Runtime } from '../platform/http/runtime.ts';
import { startTracing } from '../platform/tracing/start-tracing.ts';
import { TRACING_VARIABLES } from '../platform/tracing/tracing-variables.ts';
import { inProcessUpstream } from './gateway/upstreams.ts';
import { listen } from './listen.ts';
import { type LoadedService, SERVICE_NAMES, type ServiceName, SERVICES } from './services.ts';

/** The variables with the URLs of services that the gateway calls. */
const UPSTREAM_URLS: Partial<Record<ServiceName, string>> = {
  credit: 'USER_CREDIT_SERVICE_URL',
  'back-office': 'BACK_OFFICE_SERVICE_URL',
  privacy: 'PRIVACY_SERVICE_URL',
  'emotion-ingestion': 'EMOTION_SERVICE_URL',
  'transaction-ingestion': 'TRANSACTION_SERVICE_URL',
};

/** The exit code for a bad configuration: EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78;
const EXIT_USAGE = 64;

/**
 * `bun apps/main.ts <service...|all>`: the services of the system as one process or as many. Services that
 * share a process share its log, metrics and lifecycle; each still opens its own connections. The one
 * difference is the gateway's hop: to a service in the same process it is a call of that service's endpoint.
 * The gateway opens last, so that the services it calls are open by then.
 */
async function main(args: string[], processEnv: Environment): Promise<void> {
  const names = readNames(args, processEnv);
  if (!names) {
    console.error(`usage: bun apps/main.ts <service...|all>\nservices: ${SERVICE_NAMES.join(', ')}`);
    process.exit(EXIT_USAGE);
  }
  const [onlyName] = names.length === 1 ? names : [];
  const env = withoutUpstreamUrls(processEnv, names);
  const loaded = await Promise.all(names.map((name) => SERVICES[name].load(name)));
  const variables = variablesOf(loaded);
  const config: Config = orExit(() => readConfig(env, variables));
  const log = createLog({ name: onlyName ?? 'ecs', level: config.LOG_LEVEL });
  const metrics = createMetrics();
  const lifecycle = createLifecycle(log);
  crashOnBugs(log);

  for (const sentence of limitsBelow(needsOf(config), env)) log.warn(sentence);
  startFileWatch({ log, lifecycle });
  const tls = orExit(() => openProcessTls(config, { log, lifecycle, metrics }));
  const tracedName = onlyName ?? 'all';
  await startTracing(config.OTEL_EXPORTER_OTLP_ENDPOINT, { name: tracedName, log, metrics, lifecycle });
  const failpoint = createFailpoint(config.ECS_FAIL);
  const peers = createPeers();
  const hold = config.DATABASE_HELD === 'true' ? holdUntilLine(lifecycle, () => process.exit(1)) : NO_HOLD;
  const runtime: Runtime = { log, metrics, lifecycle, hold, failpoint, peers, tls };
  const services = orExit(() => openServices(loaded, env, runtime));
  listenPrivately(services, config, runtime, protectionsOf(env, variables));
  listenForClients(services, config, runtime);
  stopAtSignals(runtime);
}

function readNames(args: string[], env: Environment): ServiceName[] | null {
  if (args.length === 0) return null;
  const isOmittedFromAll = (name: ServiceName) =>
    // One process has one broker user, with which every service makes the streams that it misses.
    name === 'stream-keeper' ||
    (name === 'challenger' && !isSet(env, 'CHALLENGER_MODEL_URL')) ||
    // Beside a gateway it needs a port of its own.
    (name === 'console' && !env.CONSOLE_PORT) ||
    // The mock speaks the protocol `ecs` alone: a model with another protocol runs elsewhere.
    (name === 'ml-mock' && !['', 'ecs'].includes(env.CREDIT_MODEL_PROTOCOL ?? ''));
  if (args.includes('all')) return SERVICE_NAMES.filter((name) => !isOmittedFromAll(name));
  if (!args.every((arg) => SERVICE_NAMES.includes(arg as ServiceName))) return null;
  return SERVICE_NAMES.filter((name) => args.includes(name));
}

/** Stands for the URL of a service in this process, which is called directly. */
const NO_URL = 'http://localhost';

function withoutUpstreamUrls(env: Environment, names: ServiceName[]): Environment {
  const urls = names.flatMap((name) => UPSTREAM_URLS[name] ?? []);
  return {
    ...env,
    ...Object.fromEntries(
      urls.flatMap((url) => [
        [url, NO_URL],
        [`${url}_FILE`, ''],
      ]),
    ),
  };
}

type Config = ConfigOf<typeof PROCESS_VARIABLES & typeof TRACING_VARIABLES> & Record<string, unknown>;

/** Returns the variables of all services, so that one message names every bad one. */
function variablesOf(
  services: LoadedService[],
): typeof PROCESS_VARIABLES & typeof TRACING_VARIABLES & Variables {
  return Object.assign(
    {},
    PROCESS_VARIABLES,
    TRACING_VARIABLES,
    services.some(({ listens }) => listens) ? LISTENER_VARIABLES : {},
    ...services.map(({ variables }) => variables),
  );
}

/** Prints a ConfigError and ends the process: with a bad configuration nothing is started. */
function orExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(EXIT_CONFIG);
  }
}

function openServices(loaded: LoadedService[], env: Environment, runtime: Runtime): Service[] {
  const services: Service[] = [];
  for (const { name, open } of loaded) {
    const inProcess = Object.fromEntries(
      services.flatMap((service) =>
        service.respond ? [[service.name, inProcessUpstream(service.respond)]] : [],
      ),
    );
    const log = runtime.log.child({ part: name });
    services.push(open(env, { ...runtime, log }, inProcess));
  }
  return services;
}

/** Opens the private port: probes, metrics and the operator's view of the process. */
function listenPrivately(
  services: Service[],
  config: Config,
  { log, metrics, lifecycle }: Runtime,
  protections: ReturnType<typeof protectionsOf>,
): void {
  const handle = createOperations({ services, metrics, signal: lifecycle.signal, protections });
  const server = listen({ host: config.HOST, port: config.OPS_PORT, handle, log });
  lifecycle.onClose('operations', server.close);
}

/** Opens the ports of the services; a draining process first leaves them, then finishes its requests. */
function listenForClients(
  services: Service[],
  config: Config,
  { log, lifecycle, peers, tls }: Runtime,
): void {
  const isShared = config.REUSE_PORT === 'true';
  const shared = { host: config.HOST, isShared, live: services.length === 1, log, peers };
  for (const { name, isPlain, ...listener } of listenersOf(services, config)) {
    const server = listen({ ...listener, ...shared, ...(isPlain ? {} : { tls }) });
    lifecycle.onDrain(`${name} listener`, async () => {
      server.leave();
      await pause(config.DRAIN_GRACE_MS);
      await server.drain();
    });
    lifecycle.onClose(`${name} listener`, server.close);
    log.info({ part: name, port: server.port }, 'listening');
  }
}

interface ListenerOptions {
  name: string;
  handle: NonNullable<Service['handle']>;
  port: number;
  /** Whether it takes plain HTTP although the process has certificates. */
  isPlain?: boolean;
}

/**
 * Returns the handlers that get a port. Alone, a service listens on PORT. Together, only the gateway does: it
 * calls the others directly; the console, on a port of its own; and the model, which is called over HTTP
 * wherever it runs, listens where its URL says.
 */
function listenersOf(services: Service[], config: Config): ListenerOptions[] {
  const handlers = services.flatMap(({ name, handle }) => (handle ? [{ name, handle }] : []));
  const hasGateway = handlers.some(({ name }) => name === 'gateway');
  return handlers.flatMap(({ name, handle }) => {
    if (handlers.length === 1 || name === 'gateway') return [{ name, handle, port: config.PORT }];
    if (name === 'ml-mock' && typeof config.CREDIT_ANALYSIS_SERVICE_URL === 'string') {
      const { base, port } = readHttpUrl(config.CREDIT_ANALYSIS_SERVICE_URL);
      return [{ name, handle, port, isPlain: base.startsWith('http:') }];
    }
    if (!hasGateway) return [{ name, handle, port: config.PORT }];
    return name === 'console' ? [{ name, handle, port: Number(config.CONSOLE_PORT) }] : [];
  });
}

function stopAtSignals({ log, lifecycle }: Runtime): void {
  const stop = async (signal: string): Promise<void> => {
    log.info({ signal }, 'draining');
    await lifecycle.stop();
    log.info('stopped');
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop('SIGTERM'));
  process.once('SIGINT', () => void stop('SIGINT'));
}

/** Ends the process after an unexpected error: its state is unknown, and the supervisor starts another. */
function crashOnBugs(log: Logger): void {
  const crash = (error: unknown) => {
    log.fatal(errorFields(error), 'unexpected error: stopping');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}

// Not awaited: a compiled bundle allows no `await` at its top level.
void main(process.argv.slice(2), process.env);
