import { expect, test } from 'bun:test';
import { compareDocuments } from './compare-documents.ts';

test.each([
  ['the same', { a: [1], b: { c: null } }, { b: { c: null }, a: [1] }, []],
  ['a value', { a: 1, b: 2 }, { a: 1, b: 3 }, [{ place: '/b', before: 2, after: 3 }]],
  ['a value that is gone', { a: 1, b: null }, { a: 1 }, [{ place: '/b', before: null }]],
  [
    'a value that is new',
    {},
    { a: { b: 1 } },
    [
      { place: '/', before: {} },
      { place: '/a/b', after: 1 },
    ],
  ],
  [
    'an empty object that is filled',
    { a: {} },
    { a: { b: 1 } },
    [
      { place: '/a', before: {} },
      { place: '/a/b', after: 1 },
    ],
  ],
  [
    'a list of plain values as a whole',
    { a: [1, null] },
    { a: [1, 2] },
    [{ place: '/a', before: [1, null], after: [1, 2] }],
  ],
  [
    'an object in a list',
    { a: [{ b: 1 }, 7] },
    { a: [{ b: 2 }, 7] },
    [{ place: '/a/0/b', before: 1, after: 2 }],
  ],
  [
    'a name with a slash and a tilde',
    { 'a/b~': 1 },
    { 'a/b~': 2 },
    [{ place: '/a~1b~0', before: 1, after: 2 }],
  ],
  ['a document that is no object', 1, 'text', [{ place: '/', before: 1, after: 'text' }]],
])('%s', (_, before, after, differences) => {
  expect(compareDocuments(before, after)).toEqual(differences as never);
});
