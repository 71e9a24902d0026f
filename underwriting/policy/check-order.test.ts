import { expect, test } from 'bun:test';
import prudent from '../policies/prudent-1.json';
import shipped from '../policies/v1.json';
import { buildPolicy } from './build-policy.ts';
import { faultsOfOrder } from './check-order.ts';
import { PolicyError } from './policy-error.ts';
import { compilePolicy, compileStoredPolicy } from './compile-policy.ts';
import type { PolicyDocument } from './policy-document.ts';

const [long, short] = shipped.terms as [object, object];
const withTerms = (terms: object[]) => ({ ...shipped, terms }) as unknown as PolicyDocument;

function faultsOf(document: PolicyDocument): string[] {
  try {
    compilePolicy(document);
    return [];
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return error.faults;
  }
}

test('the policies that ship are never worse for a better customer', () => {
  expect([faultsOf(shipped as PolicyDocument), faultsOf(prudent as PolicyDocument)]).toEqual([[], []]);
});

test.each<[string, object[], RegExp]>([
  [
    'a limit that grows with the risk',
    [long, { ...short, credit_limit: '1000.0 + score * 5000.0' }],
    /^\/terms: credit_limit is lower .* for the risk score 0/,
  ],
  [
    'a rate that falls with the risk',
    [{ ...long, interest_rate: '20.0 - 10.0 * score' }, short],
    /^\/terms: interest_rate is higher .* for the risk score 0/,
  ],
  [
    'a band with a lower rate than the better band before it',
    [long, { ...short, interest_rate: '2.0 + 10.0 * score' }],
    /^\/terms: interest_rate is higher \(8.75\) for the risk score 0.25 than for 0.250001, which is worse/,
  ],
  [
    'a limit that falls with transactions',
    [long, short].map((band) => ({
      ...band,
      credit_limit: 'max(1000.0, 4000.0 - features.transaction_count_30d)',
    })),
    /^\/terms: credit_limit is lower .* for transaction_count_30d/,
  ],
  [
    'a limit that grows with stress',
    [long, short].map((band) => ({
      ...band,
      credit_limit: 'min(9000.0, 2000.0 + features.stress_events_30d)',
    })),
    /^\/terms: credit_limit is lower .* for stress_events_30d/,
  ],
])('%s is refused when it is written, and stays in use where it is', (_, terms, fault) => {
  const document = withTerms(terms);
  const [first, ...rest] = faultsOf(document);
  expect(first).toMatch(fault);
  expect(rest).toEqual([]);
  expect(compileStoredPolicy(document).version).toBe('v1');
});

test('equal terms for all, and better ones for better customers, are fine', () => {
  const fixed = [long, short].map((band) => ({ ...band, credit_limit: '1234.0', interest_rate: '9.0' }));
  expect(faultsOf(withTerms(fixed))).toEqual([]);
  const better = [long, short].map((band) => ({
    ...band,
    credit_limit: 'max(1000.0, min(9000.0, (1.0 - score) * 5000.0 + features.transaction_count_30d))',
    interest_rate: '5.0 + 15.0 * score',
  }));
  expect(faultsOf(withTerms(better))).toEqual([]);
});

test('the order of terms is tried a judgment a step, so that others get their turn', () => {
  const document = shipped as PolicyDocument;
  const { policy } = buildPolicy(document);
  let judgments = 0;
  let most = 0;
  const steps = faultsOfOrder(document, (facts) => {
    judgments += 1;
    return policy.judge(facts);
  });
  for (let before = 0; !steps.next().done; before = judgments) most = Math.max(most, judgments - before);
  expect(judgments).toBeGreaterThan(100);
  expect(most).toBe(1);
});
