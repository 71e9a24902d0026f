import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { listPids, parentOf } from '../../deploy/local/processes/process-id.ts';
import type { System } from '../../deploy/local/stack/system.ts';
import { eventually } from '../harness/engines.ts';

/** The faults that a drill may inject, from outside, with signals and files alone. */
export interface Faults {
  injected: number;
  names(kind: 'service' | 'engine'): string[];
  kill(name: string): Promise<void>;
  /** Kills it and each of its replacements for this long. */
  keepDown(name: string, ms: number): Promise<void>;
  /** The same for as long as the work takes, which begins when they are dead. */
  killWhile(names: string[], work: () => Promise<void>): Promise<void>;
  /** Stops a process with everything below it, and lets it go on later. */
  freeze(name: string, ms: number): Promise<void>;
  /** The same for as long as the work takes: a frozen process is there, and responds to nothing. */
  whileFrozen(name: string, work: () => Promise<void>): Promise<void>;
  /** Ends a process in order, and resolves when another is ready in its place. */
  restart(name: string): Promise<void>;
  /** Kills the broker and takes its whole store away. */
  wipeBroker(): Promise<void>;
  /** Resolves when every process runs and is ready. */
  allBack(deadlineMs?: number): Promise<void>;
}

export function createFaults(system: System): Faults {
  const childOf = (name: string) => system.state().children.find((child) => child.name === name);
  const signal = (name: string, what: NodeJS.Signals): number | undefined => {
    const pid = childOf(name)?.pid;
    if (pid === undefined) return undefined;
    for (const descendant of [pid, ...descendantsOf(pid)]) {
      try {
        process.kill(descendant, what);
      } catch {
        // Gone by itself.
      }
    }
    return pid;
  };
  const faults: Faults = {
    injected: 0,
    names: (kind) => system.state().children.flatMap((child) => (child.kind === kind ? [child.name] : [])),
    async kill(name) {
      faults.injected += 1;
      signal(name, 'SIGKILL');
    },
    async keepDown(name, ms) {
      await faults.killWhile([name], () => Bun.sleep(ms));
    },
    async killWhile(names, work) {
      faults.injected += names.length;
      const killAll = () => {
        for (const name of names) signal(name, 'SIGKILL');
      };
      killAll();
      const over = new AbortController();
      const working = work().finally(() => over.abort());
      while (!over.signal.aborted) {
        killAll();
        await Promise.race([working, Bun.sleep(30)]);
      }
      await working;
    },
    async freeze(name, ms) {
      await faults.whileFrozen(name, () => Bun.sleep(ms));
    },
    async whileFrozen(name, work) {
      faults.injected += 1;
      signal(name, 'SIGSTOP');
      try {
        await work();
      } finally {
        signal(name, 'SIGCONT');
      }
    },
    async restart(name) {
      faults.injected += 1;
      const before = signal(name, 'SIGTERM');
      await eventually(
        `${name} is back`,
        async () =>
          childOf(name)?.pid !== before && childOf(name)?.state === 'running' && (await allReady(system)),
        60_000,
      );
    },
    async wipeBroker() {
      faults.injected += 1;
      const before = signal('nats', 'SIGKILL');
      rmSync(join(system.dataDir, 'nats', 'jetstream'), { recursive: true, force: true });
      await eventually(
        'the broker is back',
        () => {
          const now = childOf('nats');
          return now?.state === 'running' && now.pid !== before;
        },
        30_000,
      );
    },
    async allBack(deadlineMs = 60_000) {
      await eventually('every process is ready', () => allReady(system), deadlineMs);
    },
  };
  return faults;
}

async function allReady(system: System): Promise<boolean> {
  const { children } = system.state();
  if (children.some((child) => child.state !== 'running')) return false;
  const responses = await Promise.all(
    children.flatMap(({ opsUrl }) =>
      opsUrl ? [fetch(`${opsUrl}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(() => null)] : [],
    ),
  );
  return responses.every((response) => response?.ok);
}

/** PostgreSQL works in processes of its own, which a signal to their parent does not reach. */
export function descendantsOf(pid: number): number[] {
  const children = listPids().filter((candidate) => parentOf(candidate) === pid);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}
