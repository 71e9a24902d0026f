import { join } from 'node:path';
import { type Child, startChild, untilReady } from '../processes/child.ts';
import { freePort } from '../processes/ports.ts';
import { SetupError } from '../setup-error.ts';
import { environment } from '../environment.ts';

/** The parts of the system as processes: their ports, their environment, how each is started. */
export const PARTS = [
  'gateway',
  'emotion-ingestion',
  'transaction-ingestion',
  'emotion-processing',
  'transaction-processing',
  'credit',
  'ml-mock',
  'credit-application',
] as const;
export type PartName = (typeof PARTS)[number];

/** Runs one service in the foreground: restarted at each change of its code, open to a debugger. */
export interface WatchedService {
  name: PartName;
  inspectorPort: number;
}

export interface PartProcess {
  name: string;
  targets: string[];
  port: number;
  opsUrl: string;
  logFile: string;
  start(): Promise<Child>;
}

const ENTRY = join(import.meta.dir, '..', '..', '..', 'apps', 'main.ts');
const READY_MS = 30_000;

export async function planParts(options: {
  split: boolean;
  dataDir: string;
  gatewayPort: number;
  variables: Record<string, string>;
  watched?: WatchedService | undefined;
}): Promise<{ parts: PartProcess[]; modelUrl: string }> {
  const ports = new Map<PartName, number>();
  for (const part of PARTS) ports.set(part, part === 'gateway' ? options.gatewayPort : await freePort());
  const at = (part: PartName) => `http://127.0.0.1:${ports.get(part)}`;
  const modelUrl = environment().CREDIT_ANALYSIS_SERVICE_URL || at('ml-mock');
  const shared = {
    ...environment(),
    ...options.variables,
    HOST: '127.0.0.1',
    // The runtime's own limit of requests to other services is 256 a process.
    BUN_CONFIG_MAX_HTTP_REQUESTS: environment().BUN_CONFIG_MAX_HTTP_REQUESTS ?? '65336',
    EMOTION_SERVICE_URL: at('emotion-ingestion'),
    TRANSACTION_SERVICE_URL: at('transaction-ingestion'),
    USER_CREDIT_SERVICE_URL: at('credit'),
    CREDIT_ANALYSIS_SERVICE_URL: modelUrl,
  };
  const plan = async (name: string, targets: string[], port: number): Promise<PartProcess> => {
    const opsPort = await freePort();
    const opsUrl = `http://127.0.0.1:${opsPort}`;
    const logFile = join(options.dataDir, 'logs', `${name}.log`);
    const env = { ...shared, PORT: String(port), OPS_PORT: String(opsPort) };
    const bunOptions = options.watched?.name === name ? optionsOfWatched(options.watched) : [];
    const args = name === 'ecs' ? ['all'] : targets;
    const start = () => startPart({ name, bunOptions, args, opsUrl, logFile, env });
    return { name, targets, port, opsUrl, logFile, start };
  };
  const parts = options.split
    ? await Promise.all(PARTS.map((part) => plan(part, [part], ports.get(part) ?? 0)))
    : [await plan('ecs', [...PARTS], options.gatewayPort)];
  return { parts, modelUrl };
}

function optionsOfWatched({ name, inspectorPort }: WatchedService): string[] {
  return ['--watch', '--no-clear-screen', `--inspect=127.0.0.1:${inspectorPort}/${name}`];
}

async function startPart(options: {
  name: string;
  /** Empty for a process in the background. */
  bunOptions: string[];
  args: string[];
  opsUrl: string;
  logFile: string;
  env: Record<string, string | undefined>;
}): Promise<Child> {
  const child = startChild({
    name: options.name,
    command: [process.execPath, ...options.bunOptions, ENTRY, ...options.args],
    logFile: options.logFile,
    isForeground: options.bunOptions.length > 0,
    env: options.env,
  });
  const isOurs = async () => {
    const response = await fetch(`${options.opsUrl}/statusz`, { signal: AbortSignal.timeout(2000) });
    return ((await response.json()) as { pid?: number }).pid === child.pid;
  };
  try {
    await untilReady(child, isOurs, { deadlineMs: READY_MS, logFile: options.logFile });
  } catch (error) {
    // It may have ended by itself with a word for us: the exit code tells.
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
  const refusal = states.find((state) => /^stream \S+ wants /.test(state));
  if (refusal) throw new SetupError(refusal, { hint: 'STREAM_BYTES_TOTAL=900MiB ecs up' });
  return false;
}
