/**
 * Groups calls of the same moment: items that arrive while a call is running go together in the next. A busy
 * process makes one call for many items; an idle one makes a call at once for one. An item's call always
 * begins after the item came, so its result is never older.
 */
export function createGroupCalls<Item, Result>(
  /**
   * Returns a result for each item, in their order; a result may be a promise, for which the next call does
   * not wait. Its failure fails exactly the items of the call.
   */
  call: (items: Item[]) => Promise<readonly (Result | Promise<Result>)[]>,
  itemsMax: number,
): (item: Item) => Promise<Result> {
  interface Caller extends PromiseWithResolvers<Result> {
    item: Item;
  }
  let queue: Caller[] = [];
  let isRunning = false;

  const run = async (): Promise<void> => {
    isRunning = true;
    // Ending the turn of the event loop first lets requests that came in one read share a call.
    await new Promise(setImmediate);
    while (queue.length > 0) {
      const group = queue.slice(0, itemsMax);
      queue = queue.slice(itemsMax);
      try {
        const results = await call(group.map(({ item }) => item));
        group.forEach(({ resolve }, index) => resolve(results[index] as Result));
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    isRunning = false;
  };

  return (item) => {
    const caller = { ...Promise.withResolvers<Result>(), item };
    queue.push(caller);
    if (!isRunning) void run();
    return caller.promise;
  };
}
