import type { ApiCall } from '../core/api-call.ts';

/** A list that is asked for: await it for its first page, or go through all of it with `for await`. */
export interface Listing<Page, Item> extends ApiCall<Page>, AsyncIterable<Item> {}

/**
 * `createReader` makes the reader of one iteration, which may remember what it has read: `for await` begins
 * anew each time. `next` returns the page after one, or null after the last.
 */
export function createListing<Page, Item>(
  first: ApiCall<Page>,
  createReader: () => (page: Page) => Item[],
  next: (page: Page) => Promise<Page> | null,
): Listing<Page, Item> {
  async function* iterate(): AsyncGenerator<Item, void, void> {
    const itemsOf = createReader();
    let page: Page | null = await first;
    while (page !== null) {
      yield* itemsOf(page);
      page = await next(page);
    }
  }
  return Object.assign(first, { [Symbol.asyncIterator]: iterate });
}
