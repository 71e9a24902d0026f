import { expect, test } from 'bun:test';
import { storeEvents } from './store-events.ts';

test('asks for no comparison when all events were new', async () => {
  let compared = 0;
  const compare = async () => {
    compared += 1;
    return [];
  };
  expect(await storeEvents(['a', 'b'], { insert: async ({ length }) => length, compare })).toEqual([]);
  expect(compared).toBe(0);
});

test('stores again events that are neither stored nor rejected, and returns rejections by their place in the batch', async () => {
  const batches: string[][] = [];
  const rejections = await storeEvents(['stored', 'late', 'other', 'later'], {
    async insert(events) {
      batches.push(events);
      return events.includes('stored') ? 1 : 0;
    },
    compare: async (events) =>
      events.includes('stored')
        ? [
            { index: 1, code: 'missing' },
            { index: 2, code: 'conflict' },
            { index: 3, code: 'missing' },
          ]
        : [{ index: 1, code: 'unknown_user' }],
  });
  expect(batches).toEqual([
    ['stored', 'late', 'other', 'later'],
    ['late', 'later'],
  ]);
  expect(rejections.map(({ index, code }) => [index, code])).toEqual([
    [2, 'conflict'],
    [3, 'unknown_user'],
  ]);
});

test('throws when events stay neither stored nor rejected, so that their message is kept', async () => {
  const missing = async () => [{ index: 0, code: 'missing' as const }];
  await expect(storeEvents(['a'], { insert: async () => 0, compare: missing })).rejects.toThrow(
    '1 events are neither stored nor rejected',
  );
});

test('tries three times, and takes an event that is stored at the last', async () => {
  const insertAt = (stored: number) => {
    let inserts = 0;
    const insert = async () => Number((inserts += 1) === stored);
    const compare = async () => [{ index: 0, code: 'missing' as const }];
    return { statements: { insert, compare }, count: () => inserts };
  };
  const third = insertAt(3);
  expect(await storeEvents(['a'], third.statements)).toEqual([]);
  const fourth = insertAt(4);
  await expect(storeEvents(['a'], fourth.statements)).rejects.toThrow('neither stored nor rejected');
  expect(fourth.count()).toBe(3);
});

test('drops events without consent, keeps the others as dead letters, and says why in each', async () => {
  const codes = ['consent_withdrawn', 'consent_missing', 'conflict', 'unknown_user'] as const;
  const differences = [...codes, 'conflict' as const].map((code, index) => ({ index, code }));
  const rejections = await storeEvents([...codes], {
    insert: async () => 0,
    compare: async () => differences,
  });
  expect(rejections).toEqual([
    {
      index: 0,
      code: 'consent_withdrawn',
      message: 'the customer has withdrawn the consent to it',
      isDropped: true,
    },
    {
      index: 1,
      code: 'consent_missing',
      message: 'the customer has not given the consent to it',
      isDropped: true,
    },
    { index: 2, code: 'conflict', message: 'its id is stored with other content' },
    { index: 3, code: 'unknown_user', message: 'there is no such user' },
  ]);
});
