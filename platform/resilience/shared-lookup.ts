import { createGroupCalls } from './group-calls.ts';

/** A lookup that concurrent callers share; its result is never older than the call. */
type SharedLookup<Value> = (key: string) => Promise<Value | undefined>;

const KEYS_MAX = 500;

/** `load` gives the values it finds; its failure fails exactly the callers that share it. */
export function createSharedLookup<Value>(
  load: (keys: string[]) => Promise<ReadonlyMap<string, Value>>,
  keysMax = KEYS_MAX,
): SharedLookup<Value> {
  return createGroupCalls(async (keys) => {
    const values = await load([...new Set(keys)]);
    return keys.map((key) => values.get(key));
  }, keysMax);
}
