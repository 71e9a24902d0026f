import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessId } from '../processes/process-id.ts';
import type { EnginePorts } from '../engines/engine.ts';

export interface ChildState extends Partial<ProcessId> {
  name: string;
  kind: 'engine' | 'service';
  state: 'starting' | 'running' | 'restarting' | 'stopped';
  restarts: number;
  port: number;
  /** The private address of a service. */
  opsUrl?: string;
  services?: string[];
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
  /** Of the services that run; the environment may have given it. */
  internalKey?: string;
  erasureKey?: string;
  /** Where the model is asked. */
  modelUrl?: string;
  /** The console of operators. */
  consoleUrl?: string;
  enginePorts: EnginePorts;
  /** Facts that a user of its engines has to know. */
  notes?: string[];
  children: ChildState[];
  cause?: string;
  /** The flags of `ecs up` that start one like it again. */
  upFlags?: string[];
}

export function readState(dataDir: string): SystemState | null {
  try {
    return JSON.parse(readFileSync(stateFile(dataDir), 'utf8')) as SystemState;
  } catch {
    return null;
  }
}

const stateFile = (dataDir: string) => join(dataDir, 'state.json');

/** Whole or not at all: addresses hold passwords, so the file is for its owner only. */
export function writeState(dataDir: string, state: SystemState): void {
  const temporary = `${stateFile(dataDir)}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, stateFile(dataDir));
}

export function removeState(dataDir: string): void {
  rmSync(stateFile(dataDir), { force: true });
}
