import { closeSync, openSync } from 'node:fs';
import { environment } from '../environment.ts';
import { SetupError } from '../setup-error.ts';
import { withMark } from './child-mark.ts';
import { monotonicMs } from '../../../platform/kernel/monotonic-ms.ts';

/** A process that this one started and will end. */
export interface Child {
  name: string;
  pid: number;
  /** Resolves with the exit code, or the signal's name, when it is gone. */
  exited: Promise<string>;
  /** Sends the signal; after the deadline, SIGKILL. Resolves when it is gone. */
  stop(signal: NodeJS.Signals, deadlineMs: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export type OnSpawn = (pid: number) => void;

/** The settings that every engine needs to start. */
export interface EngineOptions {
  /** Kills it, also while it starts. */
  signal?: AbortSignal | undefined;
  /** Called with its process id before it responds. */
  onSpawn?: OnSpawn | undefined;
  program: string;
  port: number;
  dataDir: string;
  logFile: string;
}

/** Another user to run a program as. */
export interface Owner {
  name: string;
  uid: number;
  gid: number;
}

export function identityOf(owner: Owner | null | undefined): { uid?: number; gid?: number } {
  return owner ? { uid: owner.uid, gid: owner.gid } : {};
}

/**
 * Starts a program with its output in a file, appended, or in this terminal. Throws the reason of a signal
 * that was given before.
 */
export function startChild(options: {
  name: string;
  /** Kills it before it returns: its owner may be at its own end. */
  signal?: AbortSignal | undefined;
  /** Kills it, where SIGKILL would leave processes of its own. */
  killSignal?: NodeJS.Signals;
  onSpawn?: OnSpawn | undefined;
  command: string[];
  /** Its supervisor, also a later one, ends it; without it only the process that has started it does. */
  dataDir?: string;
  logFile: string;
  isForeground?: boolean;
  /** Written to its stdin, which then ends; without it there is nothing to read. */
  input?: Promise<string> | undefined;
  env?: Record<string, string | undefined>;
  cwd?: string;
  owner?: Owner | null;
}): Child {
  options.signal?.throwIfAborted();
  const log = openSync(options.logFile, 'a', 0o600);
  const output = options.isForeground ? 'inherit' : log;
  const spawn = (...mark: number[]) =>
    Bun.spawn(options.command, {
      stdio: [options.input ? 'pipe' : 'ignore', output, output, ...mark],
      env: options.env ?? environment(),
      ...(options.cwd ? { cwd: options.cwd } : {}),
      ...identityOf(options.owner),
      // A group of its own: Ctrl-C in the terminal is the supervisor's to act on.
      detached: true,
    });
  const spawned = options.dataDir === undefined ? spawn() : withMark(options.dataDir, spawn);
  closeSync(log);
  options.onSpawn?.(spawned.pid);
  if (options.input) void writeTo(spawned.stdin, options.input);
  let isGone = false;
  const kill = (signal: NodeJS.Signals) => {
    if (!isGone) spawned.kill(signal);
  };
  const killAtOnce = () => {
    kill(options.killSignal ?? 'SIGKILL');
    kill('SIGCONT');
  };
  options.signal?.addEventListener('abort', killAtOnce, { once: true });
  const exited = spawned.exited.then((code) => {
    isGone = true;
    options.signal?.removeEventListener('abort', killAtOnce);
    return String(spawned.signalCode ?? code);
  });
  return {
    name: options.name,
    pid: spawned.pid,
    exited,
    kill,
    async stop(signal, deadlineMs) {
      kill(signal);
      // A stopped process would never see it.
      kill('SIGCONT');
      const timer = setTimeout(() => kill('SIGKILL'), deadlineMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

async function writeTo(stdin: unknown, input: Promise<string>): Promise<void> {
  const text = await input;
  try {
    const sink = stdin as Bun.FileSink;
    await sink.write(text);
    await sink.end();
  } catch {
    // It has died meanwhile.
  }
}

const POLL_MS = 10;

/** Polls until a child responds; throws when it dies first or misses the deadline. */
export async function untilReady(
  child: Child,
  isReady: () => Promise<boolean>,
  options: { deadlineMs: number; logFile: string },
): Promise<void> {
  const end: { code?: string } = {};
  void child.exited.then((code) => {
    end.code = code;
  });
  const deadline = monotonicMs() + options.deadlineMs;
  while (end.code === undefined) {
    if (await isReady().catch(() => false)) return;
    if (monotonicMs() > deadline) {
      throw new SetupError(`${child.name} does not respond after ${options.deadlineMs / 1000} s`, {
        hint: `see ${options.logFile}`,
      });
    }
    await Bun.sleep(POLL_MS);
  }
  throw new SetupError(`${child.name} ended at once (${end.code})`, { hint: `see ${options.logFile}` });
}
