import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, steps } from '../command-line.ts';
import { claimLock, type LockHolder, type ProcessLock, readHolder } from '../processes/process-lock.ts';
import { SetupError } from '../setup-error.ts';
import { readState } from './state.ts';
import { monotonicMs } from '../../../platform/kernel/monotonic-ms.ts';

const NAME_WITHIN_MS = 1000;
const NAME_EVERY_MS = 5;

/** A data folder has one supervisor, from before its first step until everything has stopped. */
const lockFile = (dataDir: string) => join(dataDir, 'up.lock');

/** Throws a conflict that names the process that has the folder. */
export async function claimFolder(dataDir: string, port: number): Promise<ProcessLock> {
  const lock = claimLock(lockFile(dataDir), { port });
  if (lock !== null) return lock;
  // A process that claimed it this moment has not yet written its name.
  const deadline = monotonicMs() + NAME_WITHIN_MS;
  while (!supervisorOf(dataDir) && monotonicMs() < deadline) await Bun.sleep(NAME_EVERY_MS);
  throw folderInUse(dataDir);
}

/**
 * Claims a folder on which no supervisor runs, so that none starts meanwhile; null where one does, or where
 * none ever did.
 */
export function claimIdleFolder(dataDir: string): ProcessLock | null {
  if (!existsSync(lockFile(dataDir)) && readState(dataDir) === null) return null;
  try {
    return claimLock(lockFile(dataDir));
  } catch (error) {
    if (!/^(EROFS|EACCES)$/.test(String((error as { code?: unknown }).code))) throw error;
    // No supervisor can start either.
    return { release() {} };
  }
}

/** The supervisor of a folder, also while it starts and has written no state yet. */
export function supervisorOf(dataDir: string): LockHolder | null {
  const holder = readHolder(lockFile(dataDir));
  // Without a port it only ends the processes of an earlier one.
  return holder?.details.port === undefined ? null : holder;
}

/** Says which process has a data folder, since when, and on which ports. */
export function folderInUse(dataDir: string): SetupError {
  const holder = supervisorOf(dataDir);
  const state = readState(dataDir);
  const isRunning = state?.state === 'running';
  const pid = holder?.pid ?? state?.supervisor.pid;
  const facts = [
    ...(pid === undefined ? [] : [`pid ${pid}`]),
    ...(holder ? [`since ${holder.since}`] : []),
    ...portsOf(dataDir, holder),
  ];
  const who = facts.length === 0 ? '' : `: ${facts.join(', ')}`;
  const folder = ['--data-dir', dataDir];
  return new SetupError(`a system already ${isRunning ? 'runs' : 'starts or stops'} on ${dataDir}${who}`, {
    kind: 'conflict',
    hint: steps(commandLine('status', ...folder), commandLine('down', ...folder)),
  });
}

function portsOf(dataDir: string, holder: LockHolder | null): string[] {
  const state = readState(dataDir);
  if (state?.state === 'running') {
    const engines = Object.entries(state.enginePorts).map(([name, port]) => `${name} ${port}`);
    return [state.url, ...engines];
  }
  const port = holder?.details.port;
  return port ? [`port ${port}`] : [];
}
