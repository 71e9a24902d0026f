import { closeSync, openSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { environment } from '../ui/environment.ts';
import { CliError } from '../ui/output.ts';

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

/** The settings that every engine needs to start. */
export interface EngineOptions {
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

/** Starts a program with its output in a file, appended, or in this terminal. */
export function startChild(options: {
  name: string;
  command: string[];
  logFile: string;
  isForeground?: boolean;
  env?: Record<string, string | undefined>;
  cwd?: string;
  owner?: Owner | null;
}): Child {
  const log = openSync(options.logFile, 'a', 0o600);
  const output = options.isForeground ? 'inherit' : log;
  const spawned = Bun.spawn(options.command, {
    stdin: 'ignore',
    stdout: output,
    stderr: output,
    env: options.env ?? environment(),
    ...(options.cwd ? { cwd: options.cwd } : {}),
    ...identityOf(options.owner),
    // A group of its own: Ctrl-C in the terminal is the supervisor's to act on.
    detached: true,
  });
  closeSync(log);
  let isGone = false;
  const exited = spawned.exited.then((code) => {
    isGone = true;
    return String(spawned.signalCode ?? code);
  });
  const kill = (signal: NodeJS.Signals) => {
    if (!isGone) spawned.kill(signal);
  };
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

/**
 * Below the ports that systems hand out to outgoing connections, any of which could be taken a moment later.
 */
const PORTS = { lowest: 15_000, highest: 32_000 };

/** A port that is free now is taken a little later only: the same one must not be given to two. */
const issuedPorts = new Set<number>();

/** A port of 127.0.0.1 that nobody uses now, and that this process has not given to anybody before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = PORTS.lowest + Math.floor(Math.random() * (PORTS.highest - PORTS.lowest));
    if (issuedPorts.has(port)) continue;
    issuedPorts.add(port);
    if (await canListen(port)) return port;
  }
  throw new CliError(`no free port between ${PORTS.lowest} and ${PORTS.highest}`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const finish = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(500, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}

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
  const deadline = Date.now() + options.deadlineMs;
  while (end.code === undefined) {
    if (await isReady().catch(() => false)) return;
    if (Date.now() > deadline) {
      throw new CliError(
        `${child.name} does not answer after ${options.deadlineMs / 1000} s`,
        1,
        `see ${options.logFile}`,
      );
    }
    await Bun.sleep(25);
  }
  throw new CliError(`${child.name} ended at once (${end.code})`, 1, `see ${options.logFile}`);
}
