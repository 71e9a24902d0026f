import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { forEachBounded } from './concurrency.ts';

test('every item is worked on once, and never more than the limit at a time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 8 }),
      async (pauses, limit) => {
        const done: number[] = [];
        let inFlight = 0;
        let most = 0;
        await forEachBounded([...pauses.entries()], limit, async ([index, pause]) => {
          inFlight += 1;
          most = Math.max(most, inFlight);
          for (let turn = 0; turn < pause; turn += 1) await Promise.resolve();
          inFlight -= 1;
          done.push(index);
        });
        expect(done.toSorted((left, right) => left - right)).toEqual([...pauses.keys()]);
        expect(most).toBe(Math.min(limit, pauses.length));
      },
    ),
  );
});

test('after a failure none is begun; the first failure is thrown when those in flight have ended', async () => {
  let begun = 0;
  let ended = 0;
  const work = forEachBounded(Array.from({ length: 100 }).keys(), 4, async (index) => {
    begun += 1;
    await Bun.sleep(index === 1 ? 1 : 20);
    if (index === 1) throw new Error('first');
    ended += 1;
  });
  expect(await work.catch((error: Error) => error.message)).toBe('first');
  expect([begun, ended]).toEqual([4, 3]);
});
