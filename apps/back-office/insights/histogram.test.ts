import { beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Database } from '../../../platform/data/sql.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { bandOf, countsOf, EDGES } from './histogram.ts';

const runtime = createTestRuntime();
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

test('the database and we put every value into the same bin, with edges in the upper one', async () => {
  for (const [name, edges] of Object.entries(EDGES)) {
    const bins = name === 'emotion' ? 20 : edges.length;
    const bin = `${name}_bin`;
    const values = [...edges, ...edges.map((edge) => edge + 0.001)].filter(
      (value) => name !== 'emotion' || value <= 1,
    );
    const [row] = await database.query((sql) =>
      sql.unsafe<{ histogram: string; counts: number[] }[]>(
        `select sum(${bin}(value))::text as histogram, histogram_counts(sum(${bin}(value)), ${bins})::float8[] as counts
         from unnest($1::numeric[]) as value`,
        [values.map(String)],
      ),
    );
    const expected = Array.from({ length: bins }, (_, index) => {
      const [from = 0, to = Infinity] = [edges[index], index === bins - 1 ? Infinity : edges[index + 1]];
      return values.filter((value) => value >= from && value < to).length;
    });
    expect(row?.counts).toEqual(expected);
    expect(countsOf(row?.histogram ?? '', bins)).toEqual(expected);
  }
});

test('any counts come out of the number that they went into', () => {
  const counts = fc.array(fc.integer({ min: 0, max: 10 ** 11 }), { minLength: 1, maxLength: 27 });
  fc.assert(
    fc.property(counts, (bins) => {
      const sum = bins.reduce((total, count, bin) => total + BigInt(count) * 10n ** BigInt(12 * bin), 0n);
      expect(countsOf(String(sum), 27)).toEqual([
        ...bins,
        ...Array.from({ length: 27 - bins.length }, () => 0),
      ]);
    }),
  );
});

test('a quantile is within a bin of the exact one', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (values) => {
      const counts = Array.from({ length: 20 }, () => 0);
      for (const value of values) {
        const bin = Math.min(19, Math.floor(value * 20));
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
      const sorted = values.toSorted((a, b) => a - b);
      const exact = sorted[Math.ceil(values.length * 0.5) - 1] ?? 0;
      expect(Math.abs((bandOf(counts, EDGES.emotion)?.p50 ?? 9) - exact)).toBeLessThanOrEqual(0.0501);
    }),
  );
});
