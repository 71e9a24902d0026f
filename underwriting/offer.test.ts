import { expect, test } from 'bun:test';
import { acceptanceOf } from './offer.ts';

test('accepting twice is accepting once; what has lapsed or is not there cannot be accepted', () => {
  expect(acceptanceOf('accepted')).toBe('accepted');
  expect(acceptanceOf('active')).toBe('accepted');
  expect(acceptanceOf('expired')).toBe('expired');
  expect(acceptanceOf('closed')).toBe('expired');
  expect(acceptanceOf('offered')).toBe('exposure_limit_reached');
  expect(acceptanceOf(undefined)).toBe('not_found');
});
