import { expect, test } from 'bun:test';
import shipped from '../policies/v1.json';
import { probe, splitFault } from './check-policy.ts';
import type { PolicyDocument } from './policy-document.ts';
import { runSteps } from './steps.ts';

test('the probe of a document with as many bands, numbers and countries as fit is bounded', () => {
  const terms = Array.from({ length: 50 }, (_, band) => ({
    score_max: (band + 1) / 50,
    credit_limit: Array.from(
      { length: 6 },
      (_, at) =>
        `(features.transaction_count_30d > ${band * 6 + at}.5 || jurisdiction == "B${'RSTWYZ'[at]}")`,
    ).join(' || '),
    interest_rate: 'features.stress_events_30d',
    credit_type: 'SHORT_TERM_PERSONAL_LOAN',
  }));
  let judgments = 0;
  const steps = probe({ ...shipped, terms } as PolicyDocument, () => {
    judgments += 1;
    return { approved: false, denied_by: [], terms: null };
  });
  expect(runSteps(steps)).toBeNull();
  expect(judgments).toBeLessThan(2_000_000);
});

test.each([
  ['/rules/0/code: no text: none', { place: '/rules/0/code', fault: 'no text: none' }],
  ['/: two\nlines', { place: '/', fault: 'two\nlines' }],
  ['no place at all', { place: '/', fault: 'no place at all' }],
])('%j is a place and a text', (fault, parts) => {
  expect(splitFault(fault)).toEqual(parts);
});
