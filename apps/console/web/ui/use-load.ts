import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { EcsError } from '../../../../sdk/core/errors.ts';
import { refreshed } from '../shell/loaded-at.ts';
import { endSession, readSession, reopened } from '../shell/session.ts';

/** A value of the API. The previous one stays while it is loaded again. */
export interface Load<T> {
  value: T | undefined;
  error: Error | undefined;
  isLoading: boolean;
  reload(): void;
}

/**
 * Loads when the component appears, when one of `inputs` changes, on demand, and when the whole page is
 * loaded again; a costly value that is there stays then. The signal aborts once nobody waits for the load.
 */
export function useLoad<T>(
  load: (signal: AbortSignal) => Promise<T>,
  inputs: readonly unknown[],
  { isCostly = false }: { isCostly?: boolean } = {},
): Load<T> {
  const [state, setState] = useState<Omit<Load<T>, 'reload'>>({
    value: undefined,
    error: undefined,
    isLoading: true,
  });
  const [attempt, setAttempt] = useState(0);
  const rounds = `${reopened.use()} ${refreshed.use()}`;
  const round = useRef(rounds);
  if (!isCostly || state.value === undefined) round.current = rounds;
  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    setState(({ value }) => ({ value, error: undefined, isLoading: true }));
    load(signal).then(
      (value) => signal.aborted || setState({ value, error: undefined, isLoading: false }),
      (error: unknown) => {
        // Loaded again once a session is open; until then the value stays, and the words typed beside it.
        if (endSessionIfOver(error)) return;
        if (!signal.aborted) setState({ value: undefined, error: error as Error, isLoading: false });
      },
    );
    return () => ending.abort();
  }, [...inputs, attempt, round.current]);
  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  return { ...state, reload };
}

/** Asks to sign in again, and returns true, where the session is over or has become another operator's. */
export function endSessionIfOver(error: unknown): boolean {
  const { status, code } = error as Partial<EcsError>;
  if (status !== 401 && code !== 'session_replaced') return false;
  endSession();
  // The console names the other one.
  if (code === 'session_replaced') void readSession().catch(() => {});
  return true;
}
