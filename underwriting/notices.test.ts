import { expect, test } from 'bun:test';
import { activationNotice, closingNotice, denialNotice, reviewNotice } from './notices.ts';

test('amounts have two decimals, in the form of the locale', () => {
  const limit = { creditLimit: 1234.5, interestRate: 7, creditType: 'LONG_TERM_PERSONAL_LOAN' } as const;
  expect(activationNotice(limit, 'en').message).toContain('long-term credit limit of 1,234.50 at 7.00 %');
  expect(activationNotice(limit, 'pt-BR').message).toContain('longo prazo no valor de 1.234,50, a 7,00 %');
  const fine = { ...limit, creditLimit: 1000.005, interestRate: 7.123 };
  expect(activationNotice(fine, 'en').message).toContain('1,000.01 at 7.12 %');
});

test('a denial names its principal reason, when there is one', () => {
  expect(denialNotice({ reason: 'The overall risk is too high.' }, 'en').message).toBe(
    'We cannot offer you a credit limit now. The overall risk is too high. ' +
      'The decision has all reasons, and the change that would turn it where one is known. ' +
      'You may ask for a person to review it.',
  );
  expect(denialNotice({ reason: null }, 'en').message).toBe(
    'We cannot offer you a credit limit now. The decision has all reasons, and the change that would turn it where one is known. ' +
      'You may ask for a person to review it.',
  );
});

test.each([
  ['withdrawn', 'You have withdrawn from your credit limit of 50.00.'],
  ['closed_by_operator', 'We have closed your credit limit of 50.00.'],
  ['closed_by_customer', 'Your credit limit of 50.00 is closed.'],
])('a closing with the reason %s says who closed it', (reason, message) => {
  expect(closingNotice({ creditLimit: 50, reason }, 'en').message).toStartWith(message);
});

test('a review tells of a limit only when it overrides the denial and grants one', () => {
  const upheld = 'A person has reviewed the denial of your credit application, and it stands.';
  const notice = (outcome: 'upheld' | 'overridden', creditLimit: number | null) =>
    reviewNotice({ outcome, creditLimit }, 'en').message;
  expect(notice('overridden', 2000)).toEndWith('we offer you a credit limit of 2,000.00.');
  expect(notice('overridden', null)).toBe(upheld);
  expect(notice('upheld', 2000)).toBe(upheld);
});
