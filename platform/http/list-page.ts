import { type AppError, invalid } from '../kernel/errors.ts';

/** One page of a list; `next_cursor` is null on the last page. */
type ListPage<Item, Cursor> = {
  items: Item[];
  next_cursor: Cursor | null;
};

/**
 * Makes a page of at most `size` items. `rows` were read with one row more than a page has, where the list
 * goes on; `cursorOf` returns the cursor of the page after an item.
 */
export function toListPage<Item, Cursor>(
  rows: readonly Item[],
  size: number,
  cursorOf: (last: Item) => Cursor,
): ListPage<Item, Cursor> {
  const items = rows.slice(0, size);
  const last = rows.length > size ? items.at(-1) : undefined;
  return { items, next_cursor: last === undefined ? null : cursorOf(last) };
}

/** Returns the 422 for a cursor that names no item of the list. */
export function unknownCursor(part: 'query' | 'body' = 'query'): AppError {
  return invalid([{ path: `/${part}/cursor`, message: 'must be a next_cursor of this list' }]);
}
