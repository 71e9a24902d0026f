import { expect, test } from 'bun:test';
import { slipIn } from './slips.ts';

test('a name without effect in one call is still a slip in another', () => {
  const request = { of: 'a request', names: ['headers', 'timeout'] };
  const cookie = { of: 'a cookie', names: ['http_only'] };
  expect(slipIn({ httponly: true }, request)).toBeUndefined();
  expect(slipIn({ httponly: true }, cookie)).toBe('unknown "httponly" in a cookie: is "http_only" meant?');
  expect(slipIn({ timout: 1 }, cookie)).toBeUndefined();
  expect(slipIn({ timout: 1 }, request)).toBe('unknown "timout" in a request: is "timeout" meant?');
});
