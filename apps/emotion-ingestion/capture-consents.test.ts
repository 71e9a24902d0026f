import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createCustomerHash } from '../../platform/privacy/customer-hash.ts';
import { createCaptureConsents } from './capture-consents.ts';

const userId = Bun.randomUUIDv7();
const hashOf = createCustomerHash('a key of the tests, which is long enough');
const customerHash = hashOf(userId);

test('the change with the highest version counts, in whatever order and however often changes come', () => {
  const changes = fc.uniqueArray(fc.record({ version: fc.nat(50), emotionCapture: fc.boolean() }), {
    selector: ({ version }) => version,
    minLength: 1,
  });
  fc.assert(
    fc.property(changes, fc.constantFrom('recorded' as const, 'required' as const), (all, mode) => {
      const consents = createCaptureConsents({ mode, hashOf });
      for (const change of [...all, ...all.slice(1)]) consents.change({ customerHash, ...change });
      const newest = all.toSorted((a, b) => b.version - a.version)[0];
      expect(consents.consentProblemOf(userId.toUpperCase())).toBe(
        newest?.emotionCapture ? null : 'consent_withdrawn',
      );
    }),
  );
});

test('silence is taken where consents are recorded, and refused where they are required', () => {
  expect(createCaptureConsents({ mode: 'recorded', hashOf }).consentProblemOf(userId)).toBeNull();
  expect(createCaptureConsents({ mode: 'required', hashOf }).consentProblemOf(userId)).toBe(
    'consent_missing',
  );
});

test('what is no message of a consent changes nothing', () => {
  const consents = createCaptureConsents({ mode: 'recorded', hashOf });
  for (const message of [
    null,
    'text',
    { customerHash },
    { customerHash, emotionCapture: 'no', version: 1 },
  ]) {
    consents.change(message);
  }
  expect(consents.consentProblemOf(userId)).toBeNull();
});
