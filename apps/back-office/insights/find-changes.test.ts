import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus';
import { FALSE_DISCOVERY_RATE, findChanges, type Series, WEEKS_BEFORE } from './find-changes.ts';
import { falseDiscoveryRates, rankTest } from './rank-test.ts';

const LAST = '2026-11-22';
const DAY_MS = 24 * 60 * 60 * 1000;

/** A series of nine weeks; `valueOf` gets the age in days. */
function seriesOf(name: string, valueOf: (age: number) => number): Series {
  const days = Array.from({ length: 7 * (WEEKS_BEFORE + 1) }, (_, age): [string, number] => [
    new Date(Date.parse(LAST) - age * DAY_MS).toISOString().slice(0, 10),
    valueOf(age),
  ]);
  return { name, jurisdiction: 'BR', format: 'level', days: new Map(days) };
}

function randomOf(seed: number): () => number {
  const generator = xorshift128plus(seed);
  return () => (generator.next() >>> 0) / 2 ** 32;
}

/** Heavy tails, as figures of few customers have. */
const noiseOf = (random: () => number) => Math.tan(Math.PI * (random() - 0.5));

describe('what stands out', () => {
  test('with no change anywhere, a report with any change is rarer than the rate that is told', () => {
    const worlds = 1000;
    let alarms = 0;
    for (let seed = 1; seed <= worlds; seed += 1) {
      const random = randomOf(seed);
      const series = Array.from({ length: 24 }, (_, index) => {
        // A weekly rhythm is no change, nor is a shape of the noise.
        const noise = index % 2 === 0 ? random : () => noiseOf(random);
        return seriesOf(`figure ${index}`, (age) => 10 * (age % 7) + noise());
      });
      if (findChanges(series, LAST).changes.length > 0) alarms += 1;
    }
    // Three standard errors above the rate would be seen.
    const allowed = worlds * FALSE_DISCOVERY_RATE;
    console.log(`false alarms: ${alarms} of ${worlds} worlds without a change, ${allowed} allowed`);
    expect(alarms).toBeLessThan(allowed + 3 * Math.sqrt(allowed * (1 - FALSE_DISCOVERY_RATE)));
  });

  test('finds a planted change among many series, with its direction, and no other', () => {
    const random = randomOf(7);
    const series = Array.from({ length: 40 }, (_, index) =>
      seriesOf(`figure ${index}`, (age) => (index === 3 && age < 7 ? 0.6 : 0.4) + 0.1 * random()),
    );
    const { changes, comparisons } = findChanges(series, LAST);
    expect(comparisons).toBe(40);
    expect(changes.map(({ series: name }) => name)).toEqual(['figure 3']);
    expect(changes[0]?.sentence).toMatch(
      /^figure 3 in BR has risen: 0\.6\d on the median of the last 7 days/,
    );
    expect(changes[0]?.superiority).toBe(1);
  });

  test('is silent about constant figures, and about those of few days', () => {
    expect(findChanges([seriesOf('constant', () => 1)], LAST).changes).toEqual([]);
    const short = seriesOf('short', (age) => (age < 7 ? 9 : 1));
    for (const day of [...short.days.keys()].slice(21)) short.days.delete(day);
    expect(findChanges([short], LAST)).toEqual({ comparisons: 0, tooShort: 1, changes: [] });
  });
});

describe('the rank test', () => {
  const strata = fc.array(
    fc.record({
      recent: fc.integer({ min: 0, max: 3 }),
      before: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 4 },
  );

  test('equals the count of all relabelings, ties included', () => {
    fc.assert(
      fc.property(strata, (data) => {
        const pools = data.map(({ recent, before }) => [recent, ...before]);
        const rank = (pool: number[], value: number) =>
          pool.filter((entry) => entry < value).length +
          (pool.filter((entry) => entry === value).length + 1) / 2;
        let sums = [0];
        for (const pool of pools) {
          sums = sums.flatMap((sum) => pool.map((value) => sum + rank(pool, value)));
        }
        const observed = pools.reduce((sum, pool) => sum + rank(pool, pool[0] ?? 0), 0);
        const below = sums.filter((sum) => sum <= observed).length / sums.length;
        const above = sums.filter((sum) => sum >= observed).length / sums.length;
        expect(rankTest(data).p).toBeCloseTo(Math.min(1, 2 * Math.min(below, above)), 10);
      }),
    );
  });

  test('does not depend on the scale, and is symmetric in its direction', () => {
    fc.assert(
      fc.property(strata, (data) => {
        const map = (change: (value: number) => number) =>
          data.map(({ recent, before }) => ({ recent: change(recent), before: before.map(change) }));
        const { p, superiority } = rankTest(data);
        expect(rankTest(map((value) => Math.exp(3 * value))).p).toBeCloseTo(p, 10);
        const turned = rankTest(map((value) => -value));
        expect(turned.p).toBeCloseTo(p, 10);
        expect(turned.superiority).toBeCloseTo(1 - superiority, 10);
      }),
    );
  });

  test('Benjamini and Hochberg: their own rule decides the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }),
        (ps) => {
          const sorted = ps.toSorted((a, b) => a - b);
          const last = sorted.findLastIndex((p, index) => p <= ((index + 1) / ps.length) * 0.05);
          const expected = ps.map((p) => last !== -1 && p <= (sorted[last] ?? -1));
          expect(falseDiscoveryRates(ps).map((q) => q <= 0.05)).toEqual(expected);
        },
      ),
    );
  });
});
