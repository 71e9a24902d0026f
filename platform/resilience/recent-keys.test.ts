import { expect, test } from 'bun:test';
import { createRecentKeys } from './recent-keys.ts';

test('so many keys are remembered, and the one that was added longest ago is forgotten', () => {
  const keys = createRecentKeys(3);
  for (const key of ['a', 'b', 'c']) keys.add(key);
  const recent = () => ['a', 'b', 'c', 'd'].filter(keys.has);
  expect(recent()).toEqual(['a', 'b', 'c']);
  keys.add('a');
  keys.add('d');
  expect(recent()).toEqual(['a', 'c', 'd']);
});
