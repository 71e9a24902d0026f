const BACKOFF_MS_MAX = 5_000;
/** Longer ones would overflow the timer and fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Those of the client and of the call, where there are any. */
export type Signals = readonly (AbortSignal | undefined)[];

/**
 * Returns a signal that aborts with one of the caller's or after a time, the first of all. `stop` ends the
 * time alone; `end` lets go of the signals as well: the caller's may outlive a million calls.
 */
export function limitTime(ms: number, signals: Signals) {
  const { signal, abort, end } = linkSignals(signals);
  let late = false;
  const expire = () => {
    late = !signal.aborted;
    abort();
  };
  const timer = setTimeout(expire, Math.min(ms, TIMER_MS_MAX));
  const stop = () => clearTimeout(timer);
  return {
    signal,
    abort,
    expired: () => late,
    stop,
    end: () => {
      stop();
      end();
    },
  };
}

/** Returns a signal that aborts with any of these, or by `abort`; `AbortSignal.any` is not everywhere. */
export function linkSignals(signals: Signals) {
  const link = new AbortController();
  const follow = () => {
    const aborted = firstAborted(signals);
    if (aborted) link.abort(abortReason(aborted));
  };
  for (const signal of signals) signal?.addEventListener('abort', follow, { once: true });
  follow();
  const end = () => {
    for (const signal of signals) signal?.removeEventListener('abort', follow);
  };
  return { signal: link.signal, abort: () => link.abort(), end };
}

const firstAborted = (signals: Signals) => signals.find((signal) => signal?.aborted);

/** Throws the reason of the first aborted one. */
export function throwIfAborted(signals: Signals): void {
  const aborted = firstAborted(signals);
  if (aborted) throw abortReason(aborted);
}

/** Returns the reason of an aborted signal; an AbortError where the runtime keeps none. */
export function abortReason(signal: AbortSignal): unknown {
  if (signal.reason !== undefined) return signal.reason as unknown;
  return Object.assign(new Error('the call was aborted'), { name: 'AbortError' });
}

/** The work, or the signal's reason as soon as it is aborted, whether or not the work listens to it. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(abortReason(signal));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    // The promise that lost the race may still fail, without a listener.
    for (const promise of [work, aborted]) promise.catch(() => {});
  }
}

/**
 * Doubles with each attempt; half of it is chance, so that clients that failed together do not return
 * together.
 */
export function jitter(backoffMs: number, attempt: number): number {
  const full = Math.min(backoffMs * 2 ** (attempt - 1), BACKOFF_MS_MAX);
  return full / 2 + Math.random() * (full / 2);
}

/** The work; undefined when the time is over first. Rejects with the reason of a signal that aborts. */
export async function within<T>(ms: number, signals: Signals, work: Promise<T>): Promise<T | undefined> {
  const limit = limitTime(ms, signals);
  try {
    return await untilAborted(work, limit.signal);
  } catch (error) {
    if (!limit.expired()) throw error;
    return undefined;
  } finally {
    limit.end();
  }
}

/** Rejects with the reason of the first signal that is aborted meanwhile. */
export const pause = (ms: number, signals: Signals): Promise<void> =>
  within(ms, signals, new Promise<void>(() => {}));
