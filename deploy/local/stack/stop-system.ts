import { endProcess, isAlive } from '../processes/process-id.ts';
import { supervisorOf } from './claim-folder.ts';
import { readState, removeState, type SystemState } from './state.ts';

/** The supervisor's own deadlines are shorter; after this it is ended, and its leftovers by their names. */
const STOP_MS = 60_000;
export const SERVICE_STOP_MS = 15_000;

/** Ends the system of a data folder, in order where it can; returns whether anything was running. */
export async function stopSystem(dataDir: string): Promise<boolean> {
  // One that has just begun to start has no state yet.
  const supervisor = readState(dataDir)?.supervisor ?? supervisorOf(dataDir);
  if (!supervisor) return false;
  const wasRunning = isAlive(supervisor);
  if (wasRunning) await endProcess(supervisor, 'SIGTERM', STOP_MS);
  // A supervisor that finished removes its state file; any process that is still listed is ended here.
  const leftoverState = readState(dataDir);
  const leftovers = leftoverState ? await endLeftovers(dataDir, leftoverState) : 0;
  return wasRunning || leftovers > 0;
}

/** Services first, engines last, each recognized by its start time. */
export async function endLeftovers(dataDir: string, state: SystemState): Promise<number> {
  const alive = state.children.filter((child) => isAlive(child));
  for (const kind of ['service', 'engine'] as const) {
    const signal = kind === 'engine' ? 'SIGINT' : 'SIGTERM';
    const ending = alive.filter((child) => child.kind === kind && isAlive(child));
    await Promise.all(
      ending.map(({ pid, startedAt }) => endProcess({ pid, startedAt }, signal, SERVICE_STOP_MS)),
    );
  }
  removeState(dataDir);
  return alive.length;
}
