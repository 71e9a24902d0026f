const BACKOFF_MS_MAX = 5_000;
/** Longer ones would overflow the timer and fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * Returns a signal that aborts with the caller's or after a time, the first of both. `end` lets go of both:
 * the caller's signal may outlive a million calls.
 */
export function limitTime(ms: number, signal: AbortSignal | undefined) {
  const link = new AbortController();
  const follow = () => link.abort(signal?.reason);
  let late = false;
  const expire = () => {
    late = true;
    link.abort();
  };
  const timer = setTimeout(expire, Math.min(ms, TIMER_MS_MAX));
  if (signal?.aborted) follow();
  else signal?.addEventListener('abort', follow, { once: true });
  return {
    signal: link.signal,
    expired: () => late,
    end: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', follow);
    },
  };
}

/** The work, or the signal's reason as soon as it is aborted, whether or not the work listens to it. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
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

/** Rejects with the signal's reason when it is aborted meanwhile. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      },
      Math.min(ms, TIMER_MS_MAX),
    );
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
