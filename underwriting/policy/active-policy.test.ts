import { expect, test } from 'bun:test';
import { describeSources } from './active-policy.ts';

test.each([
  [['platform', 'customer'], ['platform', 'customer'], null, 'facts of platform and customers count'],
  [
    ['platform'],
    ['platform'],
    500,
    'facts of the platform alone count, for limits up to 500 where customers reported them',
  ],
  [['customer'], [], null, 'transactions of customers alone and emotions of nobody count'],
  [
    ['platform'],
    ['customer'],
    null,
    'transactions of the platform alone and emotions of customers alone count',
  ],
] as const)('transactions of %j and emotions of %j, up to %p: %s', (transactions, emotions, limit, text) => {
  const sources = { transactions: [...transactions], emotions: [...emotions], customer_limit_max: limit };
  expect(describeSources(sources)).toBe(text);
});
