import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { faultsOfStructure } from './duplicate-keys.ts';
import { isRoundedToCents } from './whole-cents.ts';

test.each([
  '9.999999999999999999',
  '9.999999999999999999e0',
  '0.9999999999999999999E1',
  '99999999999999999999e-19',
  '99999999.990000001',
  '12.3400000000000000000001',
])('%s loses decimals when it becomes a number, however it and its name are written', (amount) => {
  expect(isRoundedToCents(amount)).toBe(true);
  for (const name of ['amount', '\\u0061mount', 'a\\u006D\\u006fu\\u006Et']) {
    const text = `{"userId": "u", "${name}" : ${amount}}`;
    expect(faultsOfStructure(text, JSON.parse(text))).toMatchObject([{ path: '/amount' }]);
  }
});

test('an amount in whole cents, or one that stays below a cent, loses none', () => {
  for (const amount of [
    '0',
    '0.0',
    '10',
    '12.340',
    '1e1',
    '1.5e3',
    '1234e-2',
    '10.000e-1',
    '1e-7',
    '12.345',
  ]) {
    expect([amount, isRoundedToCents(amount)]).toEqual([amount, false]);
  }
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 99_999_999_999 }),
      fc.nat(30),
      fc.nat(20),
      (cents, zeros, shift) => {
        const digits = `${cents}${'0'.repeat(zeros)}`;
        expect(isRoundedToCents(`${digits}e-${2 + zeros}`)).toBe(false);
        const digit = `${digits}${'0'.repeat(20 + shift)}1e-${23 + zeros + shift}`;
        expect(isRoundedToCents(digit)).toBe(true);
      },
    ),
  );
});
