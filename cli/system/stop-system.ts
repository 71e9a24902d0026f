import { endProcess, isAlive, readState } from './state.ts';
import { endLeftovers } from './system.ts';

/** The supervisor's own deadlines are shorter; after this it is ended, and its leftovers by their names. */
const STOP_MS = 60_000;

/** Ends the system of a data folder, in order where it can; returns whether anything was running. */
export async function stopSystem(dataDir: string): Promise<boolean> {
  const state = readState(dataDir);
  if (!state) return false;
  const wasRunning = isAlive(state.supervisor);
  if (wasRunning) await endProcess(state.supervisor, 'SIGTERM', STOP_MS);
  // Its state file is gone when it could finish; whatever that still names is ended here.
  const left = readState(dataDir);
  const leftovers = left ? await endLeftovers(dataDir, left) : 0;
  return wasRunning || leftovers > 0;
}
