import type { ApiCall } from '../core/api-call.ts';
import { EcsResponseError } from '../core/errors.ts';

/** A list that is asked for: await it for its first page, or go through all of it with `for await`. */
export interface Listing<Page, Item> extends ApiCall<Page>, AsyncIterable<Item> {}

/** Where a page begins: its cursor or its number. */
type Place = string | number;

/** Makes a check that throws EcsResponseError once pages lead back: it takes the place after each page. */
export function createRoundCheck(): (place: Place) => void {
  let earlier: Place | undefined;
  let count = 0;
  return (place) => {
    // A server may leave the place out.
    if (place === undefined || place === earlier) {
      throw new EcsResponseError('the list sent a page twice', { code: 'bad_response' });
    }
    // Of any circle, however late it begins, some place is remembered until it comes again (R. P. Brent).
    count += 1;
    if (Number.isInteger(Math.log2(count))) earlier = place;
  };
}

/**
 * `placeAfter` returns the place of the page after one, or null after the last. `createFilter` makes the
 * filter of one iteration, and may remember the items before: `for await` begins anew each time, and throws
 * EcsResponseError where the pages lead back, since such a list has no end.
 */
export function createListing<Item, Page extends { items: Item[] }, At extends Place>(
  first: ApiCall<Page>,
  placeAfter: (page: Page) => At | null,
  requestPage: (place: At) => Promise<Page>,
  createFilter: () => (item: Item) => boolean = () => () => true,
): Listing<Page, Item> {
  async function* iterate(): AsyncGenerator<Item, void, void> {
    const isWanted = createFilter();
    const requireNew = createRoundCheck();
    let page = await first;
    for (;;) {
      yield* page.items.filter(isWanted);
      const place = placeAfter(page);
      if (place === null) return;
      requireNew(place);
      page = await requestPage(place);
    }
  }
  return Object.assign(first, { [Symbol.asyncIterator]: iterate });
}
