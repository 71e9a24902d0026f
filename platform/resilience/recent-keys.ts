/** A bounded memory of keys: the one that was added longest ago is forgotten first. */
interface RecentKeys {
  add(key: string): void;
  has(key: string): boolean;
}

export function createRecentKeys(keysMax: number): RecentKeys {
  /** The order of the set is the order of addition. */
  const keys = new Set<string>();
  return {
    add(key) {
      keys.delete(key);
      keys.add(key);
      if (keys.size > keysMax) keys.delete(keys.values().next().value ?? '');
    },
    has: (key) => keys.has(key),
  };
}
