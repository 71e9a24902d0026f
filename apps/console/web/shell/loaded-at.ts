import { useEffect, useState } from 'preact/hooks';
import { signal } from './signal.ts';

/** The time of the newest response with values of the page; null before the first. */
const loadedAt = signal<number | null>(null);
/** Raised to load all values of the page once more. */
export const refreshed = signal(0);
const STALE_MS = 10 * 60_000;
const TICK_MS = 30_000;

export const noteLoaded = (): void => loadedAt.set(Date.now());
export const noteLeft = (): void => loadedAt.set(null);

export function refresh(): void {
  noteLeft();
  refreshed.set(refreshed.get() + 1);
}

/** The age of the page's values in seconds, where others may have changed them long since; else null. */
export function useStaleSeconds(): number | null {
  const at = loadedAt.use();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const ageMs = at === null ? 0 : now - at;
  return ageMs < STALE_MS ? null : ageMs / 1000;
}
