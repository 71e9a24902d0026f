import type { Command } from 'commander';
import { run } from '../failure.ts';
import { print, printJson } from '../output.ts';
import type { SystemFlags } from '../session.ts';
import { endProcess, isAlive, readState } from '../system/state.ts';
import { endLeftovers } from '../system/system.ts';
import { dataDirOf } from '../system/target.ts';

/** The supervisor's own deadlines are shorter; after this it is ended, and what it left by its own name. */
const STOP_MS = 60_000;

export function register(program: Command): void {
  program
    .command('down')
    .summary('stop what `ecs up` started')
    .description('Drains the parts, then stops the engines. Data stays; nothing accepted is lost.')
    .action(
      run(async (flags: SystemFlags) => {
        const stopped = await stopSystem(dataDirOf(flags));
        if (flags.json) printJson({ stopped });
        else print(stopped ? 'stopped' : 'nothing was running');
      }),
    );
}

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
