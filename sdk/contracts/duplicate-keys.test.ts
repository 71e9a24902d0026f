import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { faultsOfStructure, findDuplicateKeys } from './duplicate-keys.ts';

test.each([
  ['{"a": 1, "a": 2}', ['/a']],
  ['{"a": {"b": 1, "c": "x", "b": [2]}}', ['/a/b']],
  ['[{"a": 1}, {"a": 1}, {"a": 1, "a": 1}]', ['/2/a']],
  ['{"a": "b", "b": "\\"a\\": {", "\\u0061": 3}', ['/a']],
  ['{"a/b": ["a/b", "a/b"], "a/b": 1}', ['/a~1b']],
])('%s has %p', (text, places) => {
  expect(findDuplicateKeys(text)).toEqual(places);
  const faults = places.map((path) => ({ path, message: 'stands twice' }));
  expect(faultsOfStructure(text, JSON.parse(text))).toEqual(faults);
});

test('a document that JSON.stringify wrote has none', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(findDuplicateKeys(text)).toEqual([]);
      expect(faultsOfStructure(text, JSON.parse(text))).toEqual([]);
    }),
  );
});

test('a key that was written twice anywhere in a document is found', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('"', '\\', '\\"', ':', '": ', '__proto__'));
  const keys = fc.uniqueArray(text, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(keys, text, fc.nat(3), fc.constantFrom('', ' ', '\n\t'), (names, value, at, space) => {
      const members = [...names, names[at % names.length]].map(
        (name) => `${space}${JSON.stringify(name)}${space}:${space}${JSON.stringify(value)}`,
      );
      const once = `[{${members.slice(1).join(',')}}, ${JSON.stringify(value)}]`;
      expect(faultsOfStructure(once, JSON.parse(once))).toHaveLength(at % names.length === 0 ? 0 : 1);
      const twice = `[{${members.join(',')}}, ${JSON.stringify(value)}]`;
      expect(faultsOfStructure(twice, JSON.parse(twice))).toHaveLength(1);
    }),
    { numRuns: 1000 },
  );
});

test('at most twenty faults are told', () => {
  const text = `[${'{"a":1,"a":1},'.repeat(30)}1]`;
  expect(faultsOfStructure(text, JSON.parse(text))).toHaveLength(20);
});

test.each([
  ['[', ']'],
  ['{"a":', '}'],
])('a document of %s%s has at most 64 levels', (opening, closing) => {
  const faultsOf = (levels: number) => {
    const text = `${opening.repeat(levels)}7${closing.repeat(levels)}`;
    return faultsOfStructure(text, JSON.parse(text));
  };
  expect(faultsOf(64)).toEqual([]);
  for (const levels of [65, 100_000])
    expect(faultsOf(levels)).toEqual([{ path: '/', message: 'is nested deeper than 64 levels' }]);
});

test.each([
  ['9.999999999999999999', true],
  ['99999999.990000001', true],
  ['1.001', false],
  ['1.500', false],
  ['1.2345e2', false],
  ['42.25', false],
])('decimals of an amount of %s are lost when it is parsed: %p', (amount, isFault) => {
  for (const [path, text] of [
    ['/amount', `{"amount":${amount}}`],
    ['/amount', `{"amount" : ${amount} , "userId":"x"}`],
    ['/0/amount', `[{"amount":${amount}}]`],
    ['/1/amount', `[{"amount":1},{"amount":${amount}}]`],
  ] as const) {
    const faults = isFault ? [{ path, message: 'must have at most 2 decimals' }] : [];
    expect(faultsOfStructure(text, JSON.parse(text))).toEqual(faults);
  }
});
