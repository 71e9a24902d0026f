import { useEffect, useRef, useState } from 'preact/hooks';
import { sentenceOfFault } from './act-fault.ts';
import { endSessionIfOver } from './use-load.ts';

/** A request that the operator asks for by a button: one at a time. */
interface Task {
  isBusy: boolean;
  /** Why the last one failed, in a sentence. */
  fault: string | null;
  /** Does nothing while one is under way. Its value is dropped once the page was left. */
  run<T>(request: (signal: AbortSignal) => Promise<T>, onValue: (value: T) => void): void;
  stop(): void;
}

export function useTask(sentenceOf: (error: Error) => string = sentenceOfFault): Task {
  const [isBusy, setIsBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const running = useRef<AbortController | null>(null);
  const stop = () => {
    running.current?.abort();
    running.current = null;
    setIsBusy(false);
  };
  useEffect(() => () => running.current?.abort(), []);
  const run = async <T>(request: (signal: AbortSignal) => Promise<T>, onValue: (value: T) => void) => {
    if (running.current) return;
    const ending = new AbortController();
    running.current = ending;
    setIsBusy(true);
    setFault(null);
    try {
      const value = await request(ending.signal);
      if (!ending.signal.aborted) onValue(value);
    } catch (error) {
      // Once the session is open again there is nothing to be told.
      if (!ending.signal.aborted && !endSessionIfOver(error)) setFault(sentenceOf(error as Error));
    }
    if (!ending.signal.aborted) stop();
  };
  return { isBusy, fault, run: (request, onValue) => void run(request, onValue), stop };
}
