import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createRandom, type Random } from './random.ts';

const draw = (random: Random) => [
  random.next(),
  random.integer(0, 1_000_000),
  random.uuid(),
  random.pick(['a', 'b', 'c']),
  random.shuffle([1, 2, 3, 4, 5]),
];

test('a seed gives the same sequence each time, another seed another one', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (seed, otherSeed) => {
      expect(draw(createRandom(seed))).toEqual(draw(createRandom(seed)));
      if (seed !== otherSeed) expect(draw(createRandom(seed))).not.toEqual(draw(createRandom(otherSeed)));
    }),
  );
});

test('numbers stay within their bounds, and a shuffle keeps every item', () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(fc.nat(), { minLength: 1 }), fc.nat(50), (seed, items, span) => {
      const random = createRandom(seed);
      const share = random.next();
      expect(share >= 0 && share < 1).toBe(true);
      const integer = random.integer(-3, span);
      expect(Number.isInteger(integer) && integer >= -3 && integer <= span).toBe(true);
      expect(items).toContain(random.pick(items));
      const byValue = (first: number, second: number) => first - second;
      expect(random.shuffle(items).toSorted(byValue)).toEqual(items.toSorted(byValue));
    }),
  );
});

test('ids of one seed are version 4 UUIDs and all differ', () => {
  const random = createRandom(7);
  const ids = Array.from({ length: 10_000 }, () => random.uuid());
  expect(new Set(ids).size).toBe(10_000);
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/);
});

test('seeds that follow one another begin far apart', () => {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let seed = 0; seed < 1000; seed += 1) {
    const tenth = Math.floor(createRandom(seed).next() * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  expect(Math.min(...tenths)).toBeGreaterThan(50);
});
