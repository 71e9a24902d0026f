import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identifyFolder, isWrittenIn } from '../processes/folder-identity.ts';
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
  /** The identity of the data folder. */
  folder?: string;
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

/** Returns null where none was written, and for the state of a folder of which this one is a copy. */
export function readState(dataDir: string): SystemState | null {
  try {
    const state = JSON.parse(readFileSync(stateFile(dataDir), 'utf8')) as SystemState;
    return isWrittenIn(dataDir, state) ? state : null;
  } catch {
    return null;
  }
}

const stateFile = (dataDir: string) => join(dataDir, 'state.json');

/** Whole or not at all: addresses hold passwords, so the file is for its owner only. */
export function writeState(dataDir: string, state: SystemState): void {
  const temporary = `${stateFile(dataDir)}.${process.pid}.tmp`;
  const text = JSON.stringify({ folder: identifyFolder(dataDir), ...state }, null, 2);
  writeFileSync(temporary, `${text}\n`, { mode: 0o600 });
  renameSync(temporary, stateFile(dataDir));
}

const REWRITE_MS = 1000;

/**
 * Keeps the file as the state is. Once there is one, a write that fails, as on a full disk, is repeated until
 * it succeeds: a supervisor that ended for it would leave its processes alone.
 */
export function keepState(dataDir: string, state: SystemState) {
  let isWritten = false;
  let rewriting: Timer | undefined;
  const save = (): void => {
    clearTimeout(rewriting);
    try {
      writeState(dataDir, state);
      isWritten = true;
    } catch (error) {
      if (!isWritten) throw error;
      rewriting = setTimeout(save, REWRITE_MS);
    }
  };
  const remove = (): void => {
    clearTimeout(rewriting);
    removeState(dataDir);
  };
  return { save, remove };
}

export function removeState(dataDir: string): void {
  rmSync(stateFile(dataDir), { force: true });
}
