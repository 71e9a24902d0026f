import { useEffect, useState } from 'preact/hooks';
import type { Flow } from '../../../../sdk/contracts/operator-flow.ts';
import { client } from '../shell/client.ts';
import { noteLoaded } from '../shell/loaded-at.ts';
import type { Load } from '../ui/use-load.ts';
import { reopened } from '../shell/session.ts';
import { endSessionIfOver } from '../ui/use-load.ts';

/** A flow that is older than this is shown as such: the connection is being made again. */
const STALE_MS = 8000;

const SILENT = 'Nothing has come for 8 seconds: the console, the gateway or back-office does not respond.';

/** Follows the flow while the page is in sight; a hidden page asks for nothing. */
export function useFlow(): Load<Flow> {
  const [flow, setFlow] = useState<Flow>();
  const [error, setError] = useState<Error>();
  const [isLoading, setIsLoading] = useState(true);
  const [attempt, setAttempt] = useState(0);
  const session = reopened.use();
  useEffect(() => {
    let ending = new AbortController();
    let stale: ReturnType<typeof setTimeout> | undefined;
    const follow = async (signal: AbortSignal) => {
      clearTimeout(stale);
      // It is asked for again and again meanwhile, without an end.
      stale = setTimeout(() => setError(new Error(SILENT)), STALE_MS);
      try {
        for await (const next of client.flow.watch({ signal })) {
          setFlow(next);
          noteLoaded();
          setError(undefined);
          setIsLoading(false);
          clearTimeout(stale);
          stale = setTimeout(() => setIsLoading(true), STALE_MS);
        }
      } catch (cause) {
        if (!signal.aborted) clearTimeout(stale);
        if (!endSessionIfOver(cause) && !signal.aborted) setError(cause as Error);
      }
    };
    const onVisibility = () => {
      ending.abort();
      clearTimeout(stale);
      if (document.hidden) return;
      ending = new AbortController();
      void follow(ending.signal);
    };
    onVisibility();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      clearTimeout(stale);
      ending.abort();
    };
  }, [attempt, session]);
  const reload = () => {
    setError(undefined);
    setAttempt((count) => count + 1);
  };
  return { value: flow, error, isLoading, reload };
}
