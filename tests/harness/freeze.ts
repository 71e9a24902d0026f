import { readdirSync, readFileSync } from 'node:fs';

/**
 * Stops a process and comes back when it really stands still: a signal is on its way for a moment, and a
 * server with several threads can serve one more request in it.
 */
export function freeze(pid: number): void {
  process.kill(pid, 'SIGSTOP');
  const deadlineMs = performance.now() + 1000;
  while (!standsStill(pid) && performance.now() < deadlineMs);
}

/** Returns all its threads, as Linux lists them; elsewhere none. */
function standsStill(pid: number): boolean {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.every((id) => /\) T /.test(readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8')));
  } catch {
    return true;
  }
}
