import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { findDuplicateKeys } from './duplicate-keys.ts';

test.each([
  ['{"a": 1, "a": 2}', ['/a']],
  ['{"a": {"b": 1, "c": "x", "b": [2]}}', ['/a/b']],
  ['[{"a": 1}, {"a": 1}, {"a": 1, "a": 1}]', ['/2/a']],
  ['{"a": "b", "b": "\\"a\\": {", "\\u0061": 3}', ['/a']],
  ['{"a/b": ["a/b", "a/b"], "a/b": 1}', ['/a~1b']],
])('%s has %p', (text, places) => {
  expect(findDuplicateKeys(text)).toEqual(places);
});

test('a document that JSON.stringify wrote has none', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(2), (value, indent) => {
      expect(findDuplicateKeys(JSON.stringify(value, null, indent))).toEqual([]);
    }),
  );
});
