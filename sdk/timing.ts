const BACKOFF_MS_MAX = 5_000;

/** A signal that ends at the caller's wish or after a time, whichever comes first. */
export function limitTime(ms: number, signal: AbortSignal | undefined) {
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(), ms);
  return {
    signal: signal ? AbortSignal.any([signal, clock.signal]) : clock.signal,
    expired: () => clock.signal.aborted,
    end: () => clearTimeout(timer),
  };
}

/**
 * Doubles with each attempt; half of it is chance, so that clients who failed together do not return
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
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
