import { expect, test } from 'bun:test';
import shipped from '../policies/v1.json';
import { compilePolicy, compileStoredPolicy } from './compile-policy.ts';

const withTerms = (change: object) => ({
  ...shipped,
  terms: shipped.terms.map((band) => ({ ...band, ...change })),
});

test.each([
  [
    'a limit below nothing',
    { credit_limit: '11000.0 - features.transaction_count_30d' },
    'credit_limit is -',
  ],
  [
    'a rate that no column holds',
    { interest_rate: '5.0 + features.avg_transaction_value_30d / 100.0' },
    'interest_rate is 1005 ',
  ],
  [
    'a rate below nothing',
    { interest_rate: '20.0 - features.stress_events_30d / 1000.0' },
    'interest_rate is -980 ',
  ],
])('a policy with %s far from the range of a feature is refused when it is written', (_, change, fault) => {
  expect(() => compilePolicy(withTerms(change))).toThrow(fault);
});

test('terms that stay in bounds are taken, also of every feature', () => {
  const credit_limit =
    'min(9000.0, max(1000.0, 100.0 * features.transaction_count_30d + features.avg_transaction_value_30d))';
  const interest_rate =
    'max(1.0, min(99.0, 20.0 - features.avg_positivity_7d + features.stress_events_30d / 2.0))';
  expect(() => compilePolicy(withTerms({ credit_limit, interest_rate }))).not.toThrow();
  const unbounded = '1000.0 + 100.0 * features.transaction_count_30d';
  expect(() => compilePolicy(withTerms({ credit_limit: unbounded }))).not.toThrow();
});

test('a policy that was written before is still taken', () => {
  const policy = withTerms({ credit_limit: '11000.0 - features.transaction_count_30d' });
  expect(() => compileStoredPolicy(policy)).not.toThrow();
});
