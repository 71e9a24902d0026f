import { useCallback, useEffect, useState } from 'preact/hooks';
import type { EcsError } from '../../../../sdk/core/errors.ts';
import { operator } from '../shell/session.ts';

/** A value of the API. The previous one stays while it is loaded again. */
export interface Load<T> {
  value: T | undefined;
  error: Error | undefined;
  isLoading: boolean;
  reload(): void;
}

/** Loads when the component appears, when one of `inputs` changes, and on demand. */
export function useLoad<T>(load: () => Promise<T>, inputs: readonly unknown[]): Load<T> {
  const [state, setState] = useState<Omit<Load<T>, 'reload'>>({
    value: undefined,
    error: undefined,
    isLoading: true,
  });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    setState(({ value }) => ({ value, error: undefined, isLoading: true }));
    load().then(
      (value) => isCurrent && setState({ value, error: undefined, isLoading: false }),
      (error: unknown) => {
        endSessionIfOver(error);
        if (isCurrent) setState({ value: undefined, error: error as Error, isLoading: false });
      },
    );
    return () => void (isCurrent = false);
  }, [...inputs, attempt]);
  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  return { ...state, reload };
}

/** Shows the sign-in once the operator's token is not valid any more. */
export function endSessionIfOver(error: unknown): void {
  if ((error as Partial<EcsError>).status === 401) operator.set(null);
}
