const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Calls a listener at each signal that asks this process to end; returns a function that stops listening. */
export function onEndingSignal(listener: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of ENDING) process.on(signal, listener);
  return () => {
    for (const signal of ENDING) process.off(signal, listener);
  };
}
