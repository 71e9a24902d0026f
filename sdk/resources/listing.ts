import type { ApiCall } from '../core/api-call.ts';
import { EcsResponseError } from '../core/errors.ts';

/** A list that is asked for: await it for its first page, or go through all of it with `for await`. */
export interface Listing<Page, Item> extends ApiCall<Page>, AsyncIterable<Item> {}

/** Where a page begins: its cursor or its number. */
type Place = string | number;

/**
 * `placeAfter` returns the place of the page after one, or null after the last. `createFilter` makes the
 * filter of one iteration, and may remember the items before: `for await` begins anew each time, and throws
 * EcsResponseError where the pages lead back.
 */
export function createListing<Item, Page extends { items: Item[] }, At extends Place>(
  first: ApiCall<Page>,
  placeAfter: (page: Page) => At | null,
  requestPage: (place: At) => Promise<Page>,
  createFilter: () => (item: Item) => boolean = () => () => true,
): Listing<Page, Item> {
  async function* iterate(): AsyncGenerator<Item, void, void> {
    const isWanted = createFilter();
    const requireNew = createPlaceCheck();
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

/**
 * Returns a check of the places of pages, one after the other, which throws EcsResponseError for one that is
 * none, and for places that lead back: such a list has no end. Remembers one of them, a later one each time
 * that their number has doubled (R. P. Brent's search for a cycle), however many there are.
 */
export function createPlaceCheck(): (place: unknown) => void {
  let remembered: unknown;
  let count = 0;
  let countMax = 1;
  return (place) => {
    if (typeof place !== 'string' && typeof place !== 'number') {
      throw badList('a list sent a page without the place of the next one');
    }
    if (place === remembered) throw badList('the pages of a list lead back to one that was read already');
    count += 1;
    if (count < countMax) return;
    remembered = place;
    count = 0;
    countMax *= 2;
  };
}

const badList = (message: string) => new EcsResponseError(message, { code: 'bad_response' });
