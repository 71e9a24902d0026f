import { expect, test } from 'bun:test';
import { problem, sharedProblem } from './errors.ts';

test('a shared error says no place, and leaves others theirs', () => {
  const shared = sharedProblem('overloaded', { retryAfterSeconds: 7 });
  expect(shared.stack ?? '').not.toContain('at ');
  expect(shared).toMatchObject({ code: 'overloaded', status: 503, retryAfterSeconds: 7 });
  expect(problem('overloaded').stack).toContain('errors.test.ts');
});
