import { expect, test } from 'bun:test';
import { shareOf } from '../../load-tests/scenarios/support/shape.ts';

test('a share of a duration is of all its parts, and a text that is none is refused', () => {
  expect(['30s', '1m30s', '1.5h', '500ms', '1d'].map((text) => shareOf(text, 0.5))).toEqual([
    '15000ms',
    '45000ms',
    '2700000ms',
    '250ms',
    '43200000ms',
  ]);
  for (const text of ['30', '1m30', 'soon', '10 s', '']) expect(() => shareOf(text, 0.5)).toThrow('DURATION');
});
