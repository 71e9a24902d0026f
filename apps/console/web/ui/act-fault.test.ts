import { expect, test } from 'bun:test';
import { ENDPOINTS } from '../../../../sdk/contracts/endpoints.ts';
import { isOvertaken, sentenceOfFault } from './act-fault.ts';

test('a value that a filter does not take is named with those that it takes', () => {
  const errors = [{ path: '/query/act', message: 'Expected an act' }];
  const error = Object.assign(new Error('It is not valid.'), { problem: { errors } });
  expect(sentenceOfFault(error as never)).toBe('act: Expected an act.');
});

test('a failure is told in the words of its problem, without status and code', () => {
  const problem = { detail: 'There is no such credit analysis.' };
  const error = new Error('There is no such credit analysis. (404 analysis_not_found)');
  expect(sentenceOfFault(Object.assign(error, { problem }) as never)).toBe(problem.detail);
});

test('a request without a response is told without addresses and attempts', () => {
  const error = Object.assign(new Error('GET http://127.0.0.1/console/api cannot be reached'), {
    kind: 'connection' as const,
  });
  expect(sentenceOfFault(error)).toBe('The console does not respond. Is it running?');
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
