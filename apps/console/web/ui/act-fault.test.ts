import { expect, test } from 'bun:test';
import { ENDPOINTS } from '../../../../sdk/contracts/endpoints.ts';
import { isOvertaken, sentenceOfFault } from './act-fault.ts';

test('a value that a filter does not take is named with those that it takes', () => {
  const errors = [{ path: '/query/act', message: 'Expected an act' }];
  const error = Object.assign(new Error('It is not valid.'), { problem: { errors } });
  expect(sentenceOfFault(error as never)).toBe('It is not valid. act: Expected an act.');
});

const { replayDeadLetters, dropDeadLetters } = ENDPOINTS;
const LATE = ['dead_letter_not_found', 'dead_letter_taken'] as const;

test('an act on a dead letter that another operator took is told as one that came too late', () => {
  for (const code of LATE) {
    expect(replayDeadLetters.problems).toContain(code);
    expect(dropDeadLetters.problems).toContain(code);
    const error = Object.assign(new Error('refused'), { code });
    expect(isOvertaken(error)).toBe(true);
    expect(sentenceOfFault(error)).toContain('Another operator has replayed or dropped some');
  }
});
