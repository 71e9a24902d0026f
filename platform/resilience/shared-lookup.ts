/**
 * A lookup that concurrent callers share: keys that arrive while a lookup is running go together in the next.
 * A busy process asks once for hundreds of keys; an idle one asks at once for one. A caller's lookup always
 * begins after the call, so its result is never older than the call.
 */
type SharedLookup<Value> = (key: string) => Promise<Value | undefined>;

const KEYS_MAX = 500;

/** `load` gives the values it finds; its failure fails exactly the callers that share it. */
export function createSharedLookup<Value>(
  load: (keys: string[]) => Promise<ReadonlyMap<string, Value>>,
): SharedLookup<Value> {
  let queue = new Map<string, PromiseWithResolvers<Value | undefined>>();
  let isRunning = false;

  const takeKeys = (): typeof queue => {
    const batch = new Map([...queue].slice(0, KEYS_MAX));
    queue = new Map([...queue].slice(KEYS_MAX));
    return batch;
  };

  const run = async (): Promise<void> => {
    isRunning = true;
    // Ending the turn of the event loop first lets requests that came in one read share a lookup.
    await new Promise(setImmediate);
    while (queue.size > 0) {
      const callers = takeKeys();
      try {
        const values = await load([...callers.keys()]);
        for (const [key, caller] of callers) caller.resolve(values.get(key));
      } catch (error) {
        for (const caller of callers.values()) caller.reject(error);
      }
    }
    isRunning = false;
  };

  return (key) => {
    const caller = queue.get(key) ?? Promise.withResolvers<Value | undefined>();
    queue.set(key, caller);
    if (!isRunning) void run();
    return caller.promise;
  };
}
