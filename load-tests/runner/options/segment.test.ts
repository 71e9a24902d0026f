import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { indexInTest, ownStarts, readStripe, scale } from './segment.ts';

test('a quarter takes a quarter', () => {
  const stripe = readStripe('0:1/4', '0,1/4,1/2,3/4,1');
  expect([scale(stripe!, 40), scale(stripe!, 4)]).toEqual([10, 1]);
  expect(readStripe(undefined, undefined)).toBeNull();
  expect(scale(readStripe('25%', undefined)!, 100)).toBe(25);
  expect(scale(readStripe('0.2:2/3', undefined)!, 15)).toBe(7);
});

test('the segments of a sequence are the whole, each iteration once', () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 11 }), { maxLength: 5 });
  fc.assert(
    fc.property(cuts, fc.integer({ min: 0, max: 100 }), (list, count) => {
      const bounds = ['0', ...list.toSorted((a, b) => a - b).map((cut) => `${cut}/12`), '1'];
      const stripes = bounds
        .slice(1)
        .map((to, index) => readStripe(`${bounds[index]}:${to}`, bounds.join(',')));
      const all = Array.from({ length: count }, (_, index) => index);
      const shares = stripes.map((stripe) => [...ownStarts(all, stripe)]);
      expect(shares.flat().toSorted((a, b) => a - b)).toEqual(all);
      expect(shares.map((starts) => starts.length)).toEqual(stripes.map((stripe) => scale(stripe!, count)));
      shares.forEach((starts, index) =>
        expect(starts.map((_, own) => indexInTest(own, stripes[index]!))).toEqual(starts),
      );
    }),
  );
});

test.each([
  ['1/2:1/4', undefined, 'is empty'],
  ['0:2', undefined, 'no number from 0 to 1'],
  ['0:1/3', '0,1/2,1', "can't be found in sequence"],
  ['0:1/2', '0,1/2', 'from 0 to 1'],
  ['0:x', undefined, 'no number'],
])('refuses %p of %p', (segment, sequence, message) => {
  expect(() => readStripe(segment, sequence)).toThrow(message);
});
