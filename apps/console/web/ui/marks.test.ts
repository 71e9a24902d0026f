import { expect, test } from 'bun:test';
import { marksOf } from './marks.ts';

const WEEKS = Array.from({ length: 13 }, (_, week) => week * 7);

test.each([
  ['all of them where there is room', { from: 0, to: 84, width: 1000 }, WEEKS],
  ['every third on a phone, the newest among them', { from: 0, to: 84, width: 320 }, [0, 21, 42, 63, 84]],
  ['those of the part that is shown', { from: 40, to: 60, width: 320 }, [42, 49, 56]],
  ['none where none is', { from: 85, to: 90, width: 320 }, []],
  ['the newest alone where there is hardly room', { from: 0, to: 84, width: 1 }, [84]],
])('marks %s', (_, axis, marks) => {
  expect(marksOf(WEEKS, axis)).toEqual(marks);
});
