import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { CUSTOMERS_MIN, publishableParts } from './disclosure.ts';

const BITS = 256;

/** A part with the bits of customers, as the database's `customer_bit` makes them. */
function partOf(customers: number[]) {
  const set = new Set(customers.map((customer) => customer % BITS));
  const bits = Array.from({ length: BITS }, (_, bit) => (set.has(bit) ? '1' : '0')).join('');
  return { customers: set.size, bits: set.size < CUSTOMERS_MIN ? bits : null };
}

const part = fc
  .integer({ min: 1, max: 60 })
  .chain((size) => fc.array(fc.nat(100_000), { minLength: size, maxLength: size }))
  .map((customers) => ({ ...partOf(customers), distinct: new Set(customers) }));
const cell = fc.array(part, { maxLength: 8 });

test('of any cell, neither a published part nor all that is withheld is of fewer than 20 customers', () => {
  let withheldSome = 0;
  fc.assert(
    fc.property(cell, (parts) => {
      const published = publishableParts(parts);
      for (const { distinct } of published) expect(distinct.size).toBeGreaterThanOrEqual(CUSTOMERS_MIN);
      const rest = parts.filter((part) => !published.includes(part));
      if (published.length > 0 && rest.length > 0) {
        withheldSome += 1;
        // A total that is known from elsewhere shows what is withheld as one sum, and never one of few.
        const customers = new Set(rest.flatMap(({ distinct }) => [...distinct]));
        expect(customers.size).toBeGreaterThanOrEqual(CUSTOMERS_MIN);
      }
    }),
    { numRuns: 1000 },
  );
  expect(withheldSome).toBeGreaterThan(50);
});

test('parts that are all large are all published, in their order', () => {
  const large = [0, 100, 50].map((start) =>
    partOf(Array.from({ length: 30 + start / 10 }, (_, index) => start + index)),
  );
  expect(publishableParts(large)).toEqual(large);
});
