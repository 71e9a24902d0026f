import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { maskPayload } from './mask-payload.ts';

test('a masked payload shows its shape, and no value and no name of others', () => {
  const payload = {
    userId: '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a',
    timestamp: '2026-11-23T09:29:00Z',
    emotionEvent: { type: 'calm', metrics: { positivity: 0.9, intensity: null } },
    'Ada Lovelace': ['secret', true],
  };
  expect(JSON.parse(maskPayload(JSON.stringify(payload)))).toEqual({
    userId: '(id)',
    timestamp: '(time)',
    emotionEvent: { type: '(text, 4 characters)', metrics: { positivity: '(number)', intensity: null } },
    '(name 4, 12 characters)': ['(text, 6 characters)', '(boolean)'],
  });
  expect(maskPayload('Ada\u0000{')).toBe('(no JSON, 5 characters)');
});

test('no text of a payload is in its mask, wherever it stands', () => {
  const word = fc.stringMatching(/^[A-Z]{6,12}$/);
  fc.assert(
    fc.property(word, fc.jsonValue(), (secret, noise) => {
      const holders = [
        secret,
        { [secret]: 1 },
        [[secret]],
        { userId: secret },
        { amount: { [secret]: noise } },
      ];
      for (const holder of holders) expect(maskPayload(JSON.stringify(holder))).not.toContain(secret);
      expect(maskPayload(`{${secret}`)).not.toContain(secret);
    }),
  );
});
