import type { ApiCall } from '../core/api-call.ts';

/** A list that is asked for: await it for its first page, or go through all of it with `for await`. */
export interface Listing<Page, Item> extends ApiCall<Page>, AsyncIterable<Item> {}

/**
 * `next` returns the page after one, or null after the last. `createFilter` makes the filter of one
 * iteration, and may remember the items before: `for await` begins anew each time.
 */
export function createListing<Item, Page extends { items: Item[] }>(
  first: ApiCall<Page>,
  next: (page: Page) => Promise<Page> | null,
  createFilter: () => (item: Item) => boolean = () => () => true,
): Listing<Page, Item> {
  async function* iterate(): AsyncGenerator<Item, void, void> {
    const isWanted = createFilter();
    let page: Page | null = await first;
    while (page !== null) {
      yield* page.items.filter(isWanted);
      page = await next(page);
    }
  }
  return Object.assign(first, { [Symbol.asyncIterator]: iterate });
}
