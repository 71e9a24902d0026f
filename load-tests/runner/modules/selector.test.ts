import { describe, expect, test } from 'bun:test';
import { select } from './selector.ts';

/** The document of gjson's own description of its paths, with more values to compare. */
const DOCUMENT = {
  name: { first: 'Tom', last: 'Anderson' },
  age: 37,
  children: ['Sara', 'Alex', 'Jack'],
  'fav.movie': 'Deer Hunter',
  friends: [
    { first: 'Dale', last: 'Murphy', age: 44, nets: ['ig', 'fb', 'tw'] },
    { first: 'Roger', last: 'Craig', age: 68, nets: ['fb', 'tw'] },
    { first: 'Jane', last: 'Murphy', age: 47, nets: ['ig', 'tw'] },
  ],
  vals: [
    { a: 1, b: true },
    { a: 2, b: true },
    { a: 3, b: false },
    { a: 4, b: '0' },
    { a: 5, b: 0 },
    { a: 6, b: '1' },
    { a: 7, b: 1 },
    { a: 8, b: 'true' },
    { a: 9, b: false },
    { a: 10, b: null },
    { a: 11 },
  ],
  mixed: [{ n: '1' }, { n: 1 }, { n: 'a.b' }, { n: 'axb' }, { n: 'a)b' }, { n: '' }],
  group: { id: ['x', 'y'], rank: [1, 2, 3], other: 'none' },
  nested: [1, [2, [3]]],
  json: '{"deep":{"x":1}}',
};

const at = (path: string) => select(DOCUMENT, path);

describe('a path', () => {
  test.each<[string, unknown]>([
    ['name.last', 'Anderson'],
    ['children.1', 'Alex'],
    ['children.3', undefined],
    ['children.length', undefined],
    ['child*.2', 'Jack'],
    ['c?ildren.0', 'Sara'],
    ['fav\\.movie', 'Deer Hunter'],
    ['friends.#', 3],
    ['friends.#.age', [44, 68, 47]],
    ['friends.#.nets.#', [3, 2, 2]],
    ['..#', 1],
    ['..0.age', 37],
    ['age.first', undefined],
    ['nothing.@keys', undefined],
  ])('%s gives %j', (path, expected) => expect(at(path)).toEqual(expected));
});

describe('a query', () => {
  test.each<[string, unknown]>([
    ['friends.#(last=="Murphy").first', 'Dale'],
    ['friends.#(last="Murphy")#.first', ['Dale', 'Jane']],
    ['friends.#[last="Murphy"].first', 'Dale'],
    ['friends.#(age>45)#.last', ['Craig', 'Murphy']],
    ['friends.#(age>=47)#.first', ['Roger', 'Jane']],
    ['friends.#(age!=44)#.first', ['Roger', 'Jane']],
    ['friends.#(first<"Jane").first', 'Dale'],
    ['friends.#(first%"D*").last', 'Murphy'],
    ['friends.#(first!%"D*").last', 'Craig'],
    ['children.#(!%"*a*")', 'Alex'],
    ['children.#(%"*a*")#', ['Sara', 'Jack']],
    ['friends.#(nets.#(=="fb"))#.first', ['Dale', 'Roger']],
    ['friends.#(nothing)#.first', []],
    ['friends.#(age==99).first', undefined],
    ['friends.#(age==99).@keys', undefined],
    ['vals.#(b)#.a', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    // A word is no number, and 0 in its place.
    ['vals.#(b==true)#.a', [1, 2, 5, 8]],
    ['vals.#(b!=true)#.a', [3, 4, 6, 7, 9]],
    ['vals.#(b>false)#.a', [1, 2, 7, 8]],
    ['vals.#(b==~true)#.a', [1, 2, 6, 7, 8]],
    ['vals.#(b==~false)#.a', [3, 4, 5, 9, 10, 11]],
    ['vals.#(b==~null)#.a', [10, 11]],
    ['vals.#(b!=~*)#.a', [11]],
    ['vals.#(b==~other)#.a', []],
    ['mixed.#(n=="1")#.n', ['1', 1]],
    ['mixed.#(n==1)#.n', ['1', 1]],
    ['mixed.#(n%"a.b")#.n', ['a.b']],
    ['mixed.#(n=="a)b").n', 'a)b'],
    ['mixed.#(n=="")#.n', ['']],
  ])('%s gives %j', (path, expected) => expect(at(path)).toEqual(expected));
});

test.each<[string, unknown]>([
  ['friends|0|first', 'Dale'],
  ['friends|#', 3],
  ['friends.#(last="Murphy")#|first', undefined],
  ['friends.#(last="Murphy")#.0', []],
  ['friends.#(last="Murphy")#|0.first', 'Dale'],
  ['friends.#(last="Murphy")#.first|0', 'Dale'],
  ['friends.#(last="Murphy")#.#', []],
  ['friends.#(last="Murphy")#|#', 2],
  ['friends.#.first|@reverse', ['Jane', 'Roger', 'Dale']],
])('a | after a list is of the list, a dot of each item: %s gives %j', (path, expected) =>
  expect(at(path)).toEqual(expected),
);

test.each<[string, unknown]>([
  ['children.@reverse.0', 'Jack'],
  ['json.@fromstr.deep.x', 1],
  ['age.@fromstr', undefined],
  ['name.@tostr', '{"first":"Tom","last":"Anderson"}'],
  ['nested.@flatten', [1, 2, [3]]],
  ['nested.@flatten:{"deep":true}', [1, 2, 3]],
  ['group.@group', [{ id: 'x', rank: 1 }, { id: 'y', rank: 2 }, { rank: 3 }]],
  ['@dig:first', ['Tom', 'Dale', 'Roger', 'Jane']],
  ['@dig:name.first|0', 'Tom'],
  ['name.@pretty:{"sortKeys":true}.first', 'Tom'],
  ['name.@nothing', undefined],
])('a modifier: %s gives %j', (path, expected) => expect(at(path)).toEqual(expected));

test.each<[string, unknown]>([
  ['[name.first,age,nothing]', ['Tom', 37]],
  ['{name.first,age}', { first: 'Tom', age: 37 }],
  ['{"n":name.first,other:age}', { n: 'Tom', other: 37 }],
  [
    '{name.first,"the_murphys":friends.#(last="Murphy")#.first}',
    { first: 'Tom', the_murphys: ['Dale', 'Jane'] },
  ],
  ['{friends.#}', { _: 3 }],
  ['friends.#.{first,age}|1', { first: 'Roger', age: 68 }],
])('several at once: %s gives %j', (path, expected) => expect(at(path)).toEqual(expected));
