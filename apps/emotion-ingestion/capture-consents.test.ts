import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createCaptureConsents } from './capture-consents.ts';

const userId = Bun.randomUUIDv7();

test('the change with the highest version counts, in whatever order and however often changes come', () => {
  const changes = fc.uniqueArray(fc.record({ version: fc.nat(50), emotionCapture: fc.boolean() }), {
    selector: ({ version }) => version,
    minLength: 1,
  });
  fc.assert(
    fc.property(changes, fc.constantFrom('recorded' as const, 'required' as const), (all, mode) => {
      const consents = createCaptureConsents(mode);
      for (const change of [...all, ...all.slice(1)]) consents.change({ userId, ...change });
      const newest = all.toSorted((a, b) => b.version - a.version)[0];
      expect(consents.refusalOf(userId.toUpperCase())).toBe(
        newest?.emotionCapture ? null : 'consent_withdrawn',
      );
    }),
  );
});

test('silence is taken where consents are recorded, and refused where they are required', () => {
  expect(createCaptureConsents('recorded').refusalOf(userId)).toBeNull();
  expect(createCaptureConsents('required').refusalOf(userId)).toBe('consent_missing');
});

test('what is no message of a consent changes nothing', () => {
  const consents = createCaptureConsents('recorded');
  for (const message of [null, 'text', { userId }, { userId: 'x', emotionCapture: false, version: 1 }]) {
    consents.change(message);
  }
  expect(consents.refusalOf(userId)).toBeNull();
});
