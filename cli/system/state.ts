import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EnginePorts } from '../engines/engine.ts';

/** Identifies a process by values that are never reused together: its pid and its start time. */
export interface ProcessId {
  pid: number;
  startedAt: string;
}

export interface ChildState extends Partial<ProcessId> {
  name: string;
  kind: 'engine' | 'service';
  state: 'starting' | 'running' | 'restarting' | 'stopped';
  restarts: number;
  port: number;
  /** The private address of a service. */
  opsUrl?: string;
  targets?: string[];
  /** Why it is not running. */
  cause?: string;
}

/**
 * `<data>/state.json`: the running processes, written at every change, so that a killed supervisor leaves a
 * trace.
 */
export interface SystemState {
  supervisor: ProcessId;
  state: 'starting' | 'running' | 'stopping' | 'failed';
  url: string;
  databaseUrl: string;
  natsUrl: string;
  redisUrl: string;
  /** Where the model is asked. */
  modelUrl?: string;
  enginePorts: EnginePorts;
  /** Facts that a user of its engines has to know. */
  notes?: string[];
  children: ChildState[];
  cause?: string;
}

const stateFile = (dataDir: string) => join(dataDir, 'state.json');

export function readState(dataDir: string): SystemState | null {
  try {
    return JSON.parse(readFileSync(stateFile(dataDir), 'utf8')) as SystemState;
  } catch {
    return null;
  }
}

/** Whole or not at all: addresses hold passwords, so the file is for its owner only. */
export function writeState(dataDir: string, state: SystemState): void {
  const temporary = `${stateFile(dataDir)}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, stateFile(dataDir));
}

export function removeState(dataDir: string): void {
  rmSync(stateFile(dataDir), { force: true });
}

/** When a process started, in the system's own words; null when there is none, or only its remains. */
export function startTimeOf(pid: number): string | null {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name in parentheses may hold anything; the fields after it are state (3rd) .. start time (22nd).
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? null : (fields[19] ?? null);
    } catch {
      return null;
    }
  }
  const { stdout, exitCode } = Bun.spawnSync(['ps', '-o', 'lstart=', '-p', String(pid)]);
  return exitCode === 0 ? stdout.toString().trim() || null : null;
}

export function identify(pid: number): ProcessId {
  return { pid, startedAt: startTimeOf(pid) ?? '' };
}

/** Whether this very process still runs, not another that got its pid. */
export function isAlive(id: Partial<ProcessId> | undefined): id is ProcessId {
  return id?.pid !== undefined && id.startedAt !== undefined && startTimeOf(id.pid) === id.startedAt;
}

/** Ends a process that is not our child: the signal, then SIGKILL. */
export async function endProcess(id: ProcessId, signal: NodeJS.Signals, deadlineMs: number): Promise<void> {
  const send = (what: NodeJS.Signals) => {
    try {
      if (isAlive(id)) process.kill(id.pid, what);
    } catch {
      // Gone in between.
    }
  };
  send(signal);
  send('SIGCONT');
  const deadline = Date.now() + deadlineMs;
  while (isAlive(id)) {
    if (Date.now() > deadline) send('SIGKILL');
    await Bun.sleep(25);
  }
}
