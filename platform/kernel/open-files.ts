import { readdirSync, readFileSync } from 'node:fs';
import type { Lifecycle } from './lifecycle.ts';
import type { Logger } from './log.ts';
import { startLoop } from './loop.ts';

/** The process's limit of open files, connections among them. Infinity elsewhere than on Linux. */
export function openFilesMax(limit: 'soft' | 'hard'): number {
  try {
    const [, soft, hard] =
      /^Max open files +(\w+) +(\w+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    const text = limit === 'soft' ? soft : hard;
    return text === undefined || text === 'unlimited' ? Infinity : Number(text);
  } catch {
    return Infinity;
  }
}

/** Counts open files. Returns the limit while not even their list can be opened. */
export function countOpenFiles(limit: number): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch (error) {
    return /^E[MN]FILE$/.test(String((error as { code?: unknown }).code)) ? limit : 0;
  }
}

const POLL_MS = 5000;
const LOG_MS = 60_000;
const FULL_SHARE = 0.9;

/** Logs a lack of free files, once a minute: the kernel holds new connections back then, in silence. */
export function startFileWatch({ log, lifecycle }: { log: Logger; lifecycle: Lifecycle }): void {
  // Read at the start: later there may be no file for it.
  const limit = openFilesMax('soft');
  if (limit === Infinity) return;
  let loggedMs = -Infinity;
  startLoop({
    name: 'open files',
    everyMs: POLL_MS,
    lifecycle,
    async work() {
      const openCount = countOpenFiles(limit);
      if (openCount < FULL_SHARE * limit || performance.now() - loggedMs < LOG_MS) return;
      loggedMs = performance.now();
      log.warn(
        `${openCount} of ${limit} files are open: connections wait, probes among them, until others end; ` +
          'raise the limit (ulimit -n), or bound connections in front',
      );
    },
  });
}
