import { resolve } from 'node:path';
import type { Command } from 'commander';
import { print, printJson, printTable } from '../output.ts';
import type { Lag } from '../../platform/consumer.ts';
import { type ChildState, isAlive } from '../system/state.ts';
import { DEFAULT_DATA_DIR, runningState } from '../system/target.ts';

export function register(program: Command): void {
  program
    .command('status')
    .summary('show every part and engine')
    .option('--data-dir <folder>', 'the data folder of the system', DEFAULT_DATA_DIR)
    .option('--json', 'print JSON')
    .action(async (options: { dataDir: string; json?: boolean }) => {
      const status = await systemStatus(resolve(options.dataDir));
      if (options.json) {
        printJson(status);
        return;
      }
      print(`${status.url}  data in ${status.dataDir}\n`);
      printTable(
        status.services.map((service) => ({
          ...service,
          ...workOf(service),
          dependencies: downOf(service),
        })),
        [
          'name',
          'pid',
          'state',
          'ready',
          'restarts',
          'lag',
          'redelivered',
          'parked',
          'outbox',
          'dependencies',
        ],
      );
      print('');
      printTable(status.engines, ['name', 'pid', 'port', 'state', 'restarts']);
    });
}

interface ServiceStatus extends Record<string, unknown> {
  name: string;
  pid: number | undefined;
  state: string;
  ready: boolean;
}

async function systemStatus(dataDir: string) {
  const state = runningState(dataDir);
  const children = state.children.map((child) => ({
    ...child,
    state: child.state === 'running' && !isAlive(child) ? ('restarting' as const) : child.state,
  }));
  const services = await Promise.all(children.filter((child) => child.kind === 'service').map(servicesOf));
  const engines = children
    .filter((child) => child.kind === 'engine')
    .map(({ name, pid, port, state, restarts }) => ({ name, pid, port, state, restarts }));
  return { url: state.url, dataDir, state: state.state, services: services.flat(), engines };
}

/** Each part of a process, with what the process says of it. */
async function servicesOf(child: ChildState): Promise<ServiceStatus[]> {
  const { targets = [child.name], pid, state, restarts, cause } = child;
  const told = await tellOf(child.opsUrl);
  return targets.map((name) => {
    const { status, name: _, ...details } = told.parts?.find((part) => part.name === name) ?? {};
    return {
      name,
      pid,
      state,
      ready: status === 'ok',
      restarts,
      uptimeSeconds: told.uptimeSeconds,
      ...(state === 'running' ? {} : { cause }),
      ...details,
    };
  });
}

interface Told {
  uptimeSeconds?: number;
  parts?: ({ name: string; status: string } & Record<string, unknown>)[];
}

async function tellOf(opsUrl: string | undefined): Promise<Told> {
  try {
    const response = await fetch(`${opsUrl}/statusz`, { signal: AbortSignal.timeout(3000) });
    return (await response.json()) as Told;
  } catch {
    return {};
  }
}

/** What waits in front of a part: messages, dead letters, and outbox rows with the age of the oldest. */
function workOf({ consumer, outbox }: Record<string, unknown>) {
  const lag = consumer as Lag | undefined;
  const rows = outbox as { unsent: number; oldestSeconds: number } | undefined;
  const age = rows && rows.unsent > 0 ? ` (${Math.ceil(rows.oldestSeconds)} s)` : '';
  return {
    ...(lag
      ? { lag: lag.pending + lag.unacknowledged, redelivered: lag.redelivered, parked: lag.deadLetters }
      : {}),
    ...(rows ? { outbox: `${rows.unsent}${age}` } : {}),
  };
}

function downOf(service: Record<string, unknown>): string {
  const dependencies = Object.entries((service.dependencies ?? {}) as Record<string, string>);
  const down = dependencies.filter(([, state]) => state !== 'up');
  return down.length === 0 ? 'all up' : down.map(([name, state]) => `${name}: ${state}`).join('; ');
}
