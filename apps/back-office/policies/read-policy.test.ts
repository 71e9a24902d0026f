import { expect, test } from 'bun:test';
import shipped from '../../../underwriting/policies/v1.json';
import { createReadPolicy } from './read-policy.ts';

/** Takes as many trials as a document may have. */
const heavy = {
  ...shipped,
  terms: Array.from({ length: 50 }, (_, band) => ({
    ...shipped.terms[0],
    score_max: (band + 1) / 50,
    credit_limit: `1000.0${Array.from(
      { length: 9 },
      (__, part) => ` + max(0.0, features.transaction_count_30d - ${band * 9 + part}.5)`,
    ).join('')}`,
  })),
};

test('a document is checked in slices, one at a time: others get their turn, and too many a 503', async () => {
  const readPolicy = createReadPolicy();
  let turns = 0;
  let isOver = false;
  const countTurns = () => {
    turns += 1;
    if (!isOver) setImmediate(countTurns);
  };
  setImmediate(countTurns);
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => readPolicy(heavy)));
  isOver = true;
  expect(turns).toBeGreaterThan(5);
  const codes = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code);
  expect(codes[0]).toBe('invalid_request');
  expect(codes.slice(4)).toEqual(['overloaded', 'overloaded']);
}, 60_000);

test('a policy is compiled, and each fault of one has its place', async () => {
  const readPolicy = createReadPolicy();
  expect(await readPolicy(shipped)).toMatchObject({ version: shipped.version });
  const rejection = readPolicy({ ...shipped, title: ' ', exposure_max: 0 });
  await expect(rejection).rejects.toMatchObject({
    code: 'invalid_request',
    errors: expect.arrayContaining([{ path: '/body/document/title', message: 'is blank' }]),
  });
});

test('of thousands of faults the first hundred are told', async () => {
  const rejection = createReadPolicy()({ ...shipped, rules: Array.from({ length: 5000 }, () => 1) });
  const error = await rejection.catch((reason: unknown) => reason);
  expect((error as { errors: unknown[] }).errors).toHaveLength(100);
});
