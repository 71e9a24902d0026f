import { expect, test } from 'bun:test';
import { createGroupCalls } from './group-calls.ts';

/** Calls that end when the test says so, with the items of each. */
function setUp(itemsMax: number) {
  const groups: string[][] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const call = createGroupCalls<string, string>(async (items) => {
    groups.push(items);
    const end = Promise.withResolvers<void>();
    ends.push(end);
    await end.promise;
    return items.map((item) => `result of ${item}`);
  }, itemsMax);
  return { call, groups, ends };
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('items of one moment share a call, and those that come meanwhile the next, so many at most', async () => {
  const { call, groups, ends } = setUp(2);
  const first = [call('a'), call('b')];
  await turn();
  expect(groups).toEqual([['a', 'b']]);
  const later = [call('c'), call('d'), call('e')];
  await turn();
  expect(groups).toHaveLength(1);
  for (let round = 0; round < 3; round += 1) {
    ends[round]?.resolve();
    await turn();
  }
  expect(groups).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  const results = ['a', 'b', 'c', 'd', 'e'].map((item) => `result of ${item}`);
  expect(await Promise.all([...first, ...later])).toEqual(results);
  const again = call('f');
  await turn();
  ends[3]?.resolve();
  expect(await again).toBe('result of f');
});

test('a failure is that of the items of its call alone', async () => {
  const { call, ends } = setUp(1);
  const outcomes = Promise.allSettled([call('a'), call('b')]);
  await turn();
  ends[0]?.reject(new Error('broken'));
  await turn();
  ends[1]?.resolve();
  expect(await outcomes).toMatchObject([{ reason: { message: 'broken' } }, { value: 'result of b' }]);
});
