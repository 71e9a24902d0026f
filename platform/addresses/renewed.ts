/**
 * Returns a function that reads anew at each call, since files of a URL are renewed while a process runs. A
 * reading that fails, as in the middle of a renewal, leaves the former value. Throws if the first one does.
 */
export function renewed<T>(read: () => T): () => T {
  let latest = read();
  return () => {
    try {
      latest = read();
    } catch {
      // The former value stays: a server that refuses it says so.
    }
    return latest;
  };
}
