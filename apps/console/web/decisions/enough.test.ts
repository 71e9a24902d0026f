import { expect, test } from 'bun:test';
import { enoughText } from './enough.ts';

test.each<[number | null, boolean, string]>([
  [18, true, '18 transactions would have been enough.'],
  [18, false, '18 transactions would have been enough.'],
  [null, true, 'no value of it alone is known that would have been enough.'],
  [null, false, 'which value of it would have been enough is not known.'],
])(
  'of the value %p, of a search to its end (%p), it says no more than was tried',
  (value, isComplete, text) => {
    expect(enoughText('transaction_count_30d', value, isComplete)).toBe(text);
  },
);
