import { join } from 'node:path';
import type { Engine } from '../engines/engine.ts';
import { SetupError } from '../setup-error.ts';
import { isReady, type ServiceProcess } from './services.ts';
import { SERVICE_STOP_MS } from './stop-system.ts';
import { type Supervised, supervise } from './supervise.ts';
import { monotonicMs } from '../../../platform/kernel/monotonic-ms.ts';

const ENGINE_STOP_MS = 15_000;
const READY_MS = 60_000;
const POLL_MS = 10;

/** Starts the engines under supervision. `withoutDatabase` resolves early, as the database is the slowest. */
export function startEngines(
  engines: Engine[],
  running: Supervised[],
  { dataDir, save }: { dataDir: string; save: () => void },
): { withoutDatabase: Promise<void>; all: Promise<void> } {
  for (const engine of engines) {
    running.push(
      supervise({
        state: { name: engine.name, kind: 'engine', port: engine.port },
        start: engine.start,
        fault: engine.fault,
        stopSignal: engine.stopSignal,
        stopDeadlineMs: ENGINE_STOP_MS,
        logFile: join(dataDir, 'logs', `${engine.name}.log`),
        onChange: save,
      }),
    );
  }
  const withoutDatabase = running.filter((engine) => engine.state().name !== 'postgresql');
  return { withoutDatabase: allStarted(withoutDatabase), all: allStarted(running) };
}

/** Starts the services under supervision; resolves when all respond. */
export async function startServices(
  processes: ServiceProcess[],
  running: Supervised[],
  save: () => void,
): Promise<void> {
  for (const { name, services, port, opsUrl, logFile, start } of processes) {
    running.push(
      supervise({
        state: { name, kind: 'service', port, opsUrl, services },
        start,
        stopSignal: 'SIGTERM',
        stopDeadlineMs: SERVICE_STOP_MS,
        logFile,
        onChange: save,
      }),
    );
  }
  await allStarted(running);
}

/** Resolves when all services are ready. */
export async function untilServicesReady(processes: ServiceProcess[], running: Supervised[]): Promise<void> {
  const deadline = monotonicMs() + READY_MS;
  for (const [index, { name, opsUrl }] of processes.entries()) {
    while (!(await isReady(opsUrl))) {
      const { state, cause } = running[index]?.state() ?? {};
      // It has ended for good; its cause is in its own words.
      if (state === 'stopped') throw new SetupError(`${name}: ${cause}`);
      if (monotonicMs() > deadline)
        throw new SetupError(`${name} does not become ready:\n${running[index]?.lastLines()}`);
      await Bun.sleep(POLL_MS);
    }
  }
}

/** Resolves when all have started. Throws a SetupError as soon as one cannot start, or keeps dying. */
async function allStarted(running: Supervised[]): Promise<void> {
  const watch = Promise.withResolvers<never>();
  const timer = setInterval(() => {
    const failing = running.find((supervised) => {
      const { restarts, state } = supervised.state();
      return restarts >= 3 && state !== 'running';
    });
    if (!failing) return;
    const { name, cause } = failing.state();
    watch.reject(new SetupError(`${name} does not start: ${cause}\n${failing.lastLines()}`.trimEnd()));
  }, 100);
  try {
    await Promise.race([Promise.all(running.map((supervised) => supervised.started)), watch.promise]);
  } catch (error) {
    throw error instanceof SetupError
      ? error
      : new SetupError(error instanceof Error ? error.message : String(error));
  } finally {
    clearInterval(timer);
  }
}
