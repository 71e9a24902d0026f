import { readHttpUrl } from '../platform/addresses/http.ts';
import { createPeers } from '../platform/http/client-address.ts';
import { ConfigError, type ConfigOf, PROCESS_VARIABLES, readConfig } from '../platform/kernel/config.ts';
import { createFailpoint } from '../platform/kernel/failpoint.ts';
import { createLifecycle, pause } from '../platform/kernel/lifecycle.ts';
import { createLog, errorFields, type Logger } from '../platform/kernel/log.ts';
import { createMetrics } from '../platform/kernel/metrics.ts';
import { createOperations, type Part } from '../platform/http/operations.ts';
import { limitsBelow, type Needs } from '../platform/kernel/runtime-limits.ts';
import type { Runtime } from '../platform/http/runtime.ts';
import * as creditApplication from './credit-application/service.ts';
import * as credit from './credit/service.ts';
import * as emotionIngestion from './emotion-ingestion/service.ts';
import * as emotionProcessing from './emotion-processing/service.ts';
import * as gateway from './gateway/service.ts';
import { directUpstream } from './gateway/upstreams.ts';
import { listen } from './listen.ts';
import * as mlMock from './ml-mock/service.ts';
import * as streamKeeper from './stream-keeper/service.ts';
import * as transactionIngestion from './transaction-ingestion/service.ts';
import * as transactionProcessing from './transaction-processing/service.ts';

/**
 * `bun apps/main.ts <target...|all>`: the parts of the system as one process or as many. The only file that
 * knows every app. Parts that share a process share its log, metrics and lifecycle; each still opens its own
 * connections. The one difference is the gateway's hop: to a part in the same process it is a call of that
 * part's endpoint.
 */
const PARTS = {
  'stream-keeper': streamKeeper,
  'ml-mock': mlMock,
  'emotion-processing': emotionProcessing,
  'transaction-processing': transactionProcessing,
  'credit-application': creditApplication,
  'emotion-ingestion': emotionIngestion,
  'transaction-ingestion': transactionIngestion,
  credit,
  gateway,
} as const;

type Target = keyof typeof PARTS;
const TARGETS = Object.keys(PARTS) as Target[];

const NEIGHBOUR_URLS: Partial<Record<Target, string>> = {
  credit: 'USER_CREDIT_SERVICE_URL',
  'emotion-ingestion': 'EMOTION_SERVICE_URL',
  'transaction-ingestion': 'TRANSACTION_SERVICE_URL',
};

/** The exit code for a bad configuration: EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78;
const EXIT_USAGE = 64;

async function main(args: string[], env: Record<string, string | undefined>): Promise<void> {
  const targets = readTargets(args);
  if (!targets) {
    console.error(`usage: bun apps/main.ts <target...|all>\ntargets: ${TARGETS.join(', ')}`);
    process.exit(EXIT_USAGE);
  }
  const config = readAllConfig(env, targets);
  const log = createLog({ name: targets.length === 1 ? (targets[0] ?? '') : 'ecs', level: config.LOG_LEVEL });
  const metrics = createMetrics();
  const lifecycle = createLifecycle(log);
  crashOnBugs(log);

  for (const sentence of limitsBelow(needsOf(config), env)) log.warn(sentence);
  const failpoint = createFailpoint(env.NODE_ENV === 'production' ? '' : config.ECS_FAIL);
  const peers = createPeers();
  const parts = orExit(() => openParts(targets, config, { log, metrics, lifecycle, failpoint, peers }));
  const operations = createOperations({ parts, metrics, signal: lifecycle.signal });
  const privateServer = listen({ host: config.HOST, port: config.OPS_PORT, handle: operations, log });
  lifecycle.onClose('operations', privateServer.close);
  for (const { part, port } of doorsOf(parts, config)) {
    const server = listen({
      host: config.HOST,
      port,
      handle: part.handle,
      live: parts.length === 1,
      log,
      peers,
    });
    lifecycle.onDrain(`${part.name} door`, async () => {
      server.leave();
      await pause(config.DRAIN_GRACE_MS);
      await server.drain();
    });
    lifecycle.onClose(`${part.name} door`, server.close);
    log.info({ part: part.name, port: server.port }, 'listening');
  }

  const stop = async (signal: string): Promise<void> => {
    log.info({ signal }, 'draining');
    await lifecycle.stop();
    log.info('stopped');
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop('SIGTERM'));
  process.once('SIGINT', () => void stop('SIGINT'));
}

/** Returns the peak needs of this process, by its configuration. */
function needsOf(config: Config): Needs {
  const numberOf = (name: string) => (typeof config[name] === 'number' ? config[name] : 0);
  const inFlight = numberOf('IN_FLIGHT_MAX');
  const streams = numberOf('NOTIFICATION_STREAMS_MAX') || (inFlight > 0 ? STREAMS_THROUGH_GATEWAY : 0);
  // A gateway has a connection to the client and one to the service for each.
  return { fetches: inFlight, files: 2 * (inFlight + streams) + FILES_OF_A_PROCESS };
}

/** As many as a service behind it holds open unless it is told otherwise. */
const STREAMS_THROUGH_GATEWAY = 5000;
const FILES_OF_A_PROCESS = 200;

function readTargets(args: string[]): Target[] | null {
  if (args.length === 0) return null;
  // Without the keeper: with one broker user, every service makes the streams that it misses.
  if (args.includes('all')) return TARGETS.filter((target) => target !== 'stream-keeper');
  if (!args.every((arg) => TARGETS.includes(arg as Target))) return null;
  return TARGETS.filter((target) => args.includes(target));
}

type Config = ConfigOf<typeof PROCESS_VARIABLES> & Record<string, unknown>;

/** All variables of all targets at once, so that all that is wrong is said at once. */
function readAllConfig(env: Record<string, string | undefined>, targets: Target[]): Config {
  const variables = Object.assign({}, PROCESS_VARIABLES, ...targets.map((target) => PARTS[target].variables));
  // A neighbour in the same process is called directly: nobody needs its URL.
  for (const target of targets) delete variables[NEIGHBOUR_URLS[target] ?? ''];
  return orExit(() => readConfig(env, variables as typeof PROCESS_VARIABLES) as Config);
}

/** With a bad configuration nothing is started: it is said, and that is all. */
function orExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(EXIT_CONFIG);
  }
}

function openParts(targets: Target[], config: Config, runtime: Runtime): Part[] {
  const parts: Part[] = [];
  for (const target of targets) {
    const log = runtime.log.child({ part: target });
    // The gateway is the last of the table: the services it can call directly are open by then.
    const near = Object.fromEntries(
      parts.flatMap((part) => (part.respond ? [[part.name, directUpstream(part.respond)]] : [])),
    );
    const open = PARTS[target].open as unknown as (config: Config, runtime: Runtime, near: unknown) => Part;
    parts.push(open(config, { ...runtime, log }, near));
  }
  return parts;
}

/**
 * Which handlers get a port. Alone, a part listens on PORT. Together, only the gateway does: its neighbours
 * are called directly; and the model, which is called over HTTP wherever it lives, listens where its URL
 * says.
 */
function doorsOf(
  parts: Part[],
  config: Config,
): { part: Required<Pick<Part, 'handle'>> & Part; port: number }[] {
  const doors = parts.filter(
    (part): part is Required<Pick<Part, 'handle'>> & Part => part.handle !== undefined,
  );
  const gatewayHere = doors.some((part) => part.name === 'gateway');
  return doors.flatMap((part) => {
    if (doors.length === 1 || part.name === 'gateway') return [{ part, port: config.PORT }];
    if (part.name === 'ml-mock' && typeof config.CREDIT_ANALYSIS_SERVICE_URL === 'string') {
      return [{ part, port: readHttpUrl(config.CREDIT_ANALYSIS_SERVICE_URL).port }];
    }
    return gatewayHere ? [] : [{ part, port: config.PORT }];
  });
}

/**
 * An error that nobody expected leaves a state that nobody knows: log it and let the supervisor start afresh.
 */
function crashOnBugs(log: Logger): void {
  const crash = (error: unknown) => {
    log.fatal(errorFields(error), 'unexpected error: stopping');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}

await main(process.argv.slice(2), process.env);
