import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './log.ts';

/**
 * Starting, draining and closing of a process.
 *
 *   running --stop()--> draining: readiness says 503, listeners and consumers finish their work
 *   draining ---------> closed: resources are closed, last opened first
 */
export interface Lifecycle {
  /** Aborts when draining starts. */
  readonly signal: AbortSignal;
  /** Finishes work in flight; all run at once. */
  onDrain(name: string, drain: () => Promise<void> | void): void;
  /** Closes a resource; run one after the other, last opened first. */
  onClose(name: string, close: () => Promise<void> | void): void;
  stop(): Promise<void>;
}

type Step = { name: string; run: () => Promise<void> | void };

const DRAIN_MS = 8000;
const CLOSE_MS = 2000;

export function createLifecycle(log: Logger): Lifecycle {
  const draining = new AbortController();
  const drains: Step[] = [];
  const closes: Step[] = [];
  let stopped: Promise<void> | undefined;

  const runStep = async (step: Step, deadlineMs: number): Promise<void> => {
    try {
      await withDeadline(Promise.resolve(step.run()), deadlineMs, `${step.name} took too long`);
    } catch (error) {
      log.warn({ step: step.name, error: String(error) }, 'a step of stopping failed');
    }
  };

  const stopOnce = async (): Promise<void> => {
    draining.abort();
    await Promise.all(drains.map((step) => runStep(step, DRAIN_MS)));
    for (const step of closes.toReversed()) await runStep(step, CLOSE_MS);
  };

  return {
    signal: draining.signal,
    onDrain: (name, run) => void drains.push({ name, run }),
    onClose: (name, run) => void closes.push({ name, run }),
    stop: () => (stopped ??= stopOnce()),
  };
}

/**
 * Rejects when `promise` has not settled in time. The work itself goes on: end it yourself where it can be
 * ended.
 */
export async function withDeadline<T>(promise: Promise<T>, deadlineMs: number, message: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(message)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export class DeadlineError extends Error {
  override name = 'DeadlineError';
}

/** Waits, or returns at once when the signal aborts; a time that is over takes one turn of the event loop. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  // A timer of less than zero is warned of on stderr.
  await sleep(Math.max(0, ms), undefined, signal ? { signal } : {}).catch(() => {});
}

/** Returns the work's result. Throws the signal's reason as soon as it is aborted, whatever the work does. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
