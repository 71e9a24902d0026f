import { basename } from 'node:path';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { listPids } from './process-id.ts';

const LISTENS = '0A';
const COMMAND_MAX = 60;

/**
 * Names the process that listens on a port of this machine: its pid and command where the system tells them
 * to this user, else `another process`.
 */
export function holderOfPort(port: number): string {
  const pid = process.platform === 'linux' ? pidByProc(port) : pidByLsof(port);
  if (pid === null) return 'another process';
  const command = commandOf(pid);
  return command === '' ? `pid ${pid}` : `pid ${pid}, ${command}`;
}

/** The tables name sockets, and the open files of each process are links to its sockets. */
function pidByProc(port: number): number | null {
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listenersOf(`/proc/net/${table}`, port)));
  if (sockets.size === 0) return null;
  for (const pid of listPids()) {
    const files = namesIn(`/proc/${pid}/fd`);
    if (files.some((file) => sockets.has(linkOf(`/proc/${pid}/fd/${file}`)))) return pid;
  }
  return null;
}

function listenersOf(table: string, port: number): string[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return textOf(table)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(end) && state === LISTENS)
    .map((fields) => `socket:[${fields[9]}]`);
}

function pidByLsof(port: number): number | null {
  if (!Bun.which('lsof')) return null;
  const { stdout } = Bun.spawnSync(['lsof', '-nP', '-t', `-iTCP:${port}`, '-sTCP:LISTEN']);
  const pid = Number(stdout.toString().split('\n')[0]);
  return pid > 0 ? pid : null;
}

/** The command without what follows its first words: later ones may hold secrets. */
function commandOf(pid: number): string {
  const text =
    process.platform === 'linux'
      ? textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
      : Bun.spawnSync(['ps', '-o', 'command=', '-p', String(pid)]).stdout.toString();
  const [program = '', ...more] = text.trim().split(/\s+/);
  const words = [basename(program), ...more.slice(0, 2)].join(' ');
  return words.length > COMMAND_MAX ? `${words.slice(0, COMMAND_MAX - 1)}…` : words;
}

const textOf = (path: string) => orElse(() => readFileSync(path, 'utf8'), '');
const namesIn = (path: string) => orElse(() => readdirSync(path), []);
const linkOf = (path: string) => orElse(() => readlinkSync(path), '');

/** Processes end while they are read, and those of others are closed to this user. */
function orElse<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
