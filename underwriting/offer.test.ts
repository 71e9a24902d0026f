import { expect, test } from 'bun:test';
import { acceptanceOf, statusAt } from './offer.ts';

test('accepting twice is accepting once; what has lapsed or is not there cannot be accepted', () => {
  expect(acceptanceOf('accepted')).toBe('accepted');
  expect(acceptanceOf('active')).toBe('accepted');
  expect(acceptanceOf('expired')).toBe('expired');
  expect(acceptanceOf('closed')).toBe('expired');
  expect(acceptanceOf('offered')).toBe('exposure_limit_reached');
  expect(acceptanceOf(undefined)).toBe('not_found');
});

test('an offer expires at its very moment; an offer that was accepted in time does not', () => {
  const at = (nowMs: number, status: 'offered' | 'active' = 'offered') =>
    statusAt({ status, expiresAtMs: 1000 }, nowMs);
  expect([at(999), at(1000), at(1001)]).toEqual(['offered', 'expired', 'expired']);
  expect([at(999, 'active'), at(1001, 'active')]).toEqual(['active', 'active']);
});
