import { expect, test } from 'bun:test';
import { toListPage } from './list-page.ts';

const page = (rows: string[], size: number) => toListPage(rows, size, (last) => `after ${last}`);

test('a page with a row behind it names its own last item as the cursor', () => {
  expect(page(['a', 'b', 'c'], 2)).toEqual({ items: ['a', 'b'], next_cursor: 'after b' });
});

test('the last page has no cursor, also when it is full', () => {
  expect(page(['a', 'b'], 2)).toEqual({ items: ['a', 'b'], next_cursor: null });
  expect(page([], 2)).toEqual({ items: [], next_cursor: null });
});
