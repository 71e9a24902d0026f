import { describe, expect, test } from 'bun:test';
import { createSharedLookup } from './shared-lookup.ts';

/** A store with lookups that end when the test says so. */
function heldLookup() {
  const lookups: { keys: string[]; end: (values: Map<string, number>) => void; fail: () => void }[] = [];
  const lookUp = createSharedLookup<number>((keys) => {
    const { promise, resolve, reject } = Promise.withResolvers<Map<string, number>>();
    lookups.push({ keys, end: resolve, fail: () => reject(new Error('away')) });
    return promise;
  });
  const begun = async (count: number) => {
    while (lookups.length < count) await new Promise(setImmediate);
    return lookups[count - 1] as (typeof lookups)[0];
  };
  return { lookUp, lookups, begun };
}

describe('a shared lookup', () => {
  test('takes the keys of one turn together, each once', async () => {
    const { lookUp, begun } = heldLookup();
    const values = Promise.all(['a', 'b', 'a', 'c'].map(lookUp));
    const first = await begun(1);
    expect(first.keys).toEqual(['a', 'b', 'c']);
    first.end(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    );
    expect(await values).toEqual([1, 2, 1, undefined]);
  });

  test('never gives a call the result of a lookup that began before it', async () => {
    const { lookUp, begun } = heldLookup();
    const early = lookUp('a');
    const first = await begun(1);
    const late = lookUp('a');
    first.end(new Map([['a', 1]]));
    expect(await early).toBe(1);
    (await begun(2)).end(new Map([['a', 2]]));
    expect(await late).toBe(2);
  });

  test('a failure fails the calls that share it, and no other', async () => {
    const { lookUp, begun } = heldLookup();
    const failing = lookUp('a');
    (await begun(1)).fail();
    await expect(failing).rejects.toThrow('away');
    const next = lookUp('a');
    (await begun(2)).end(new Map([['a', 3]]));
    expect(await next).toBe(3);
  });
});
