import { expect, test } from 'bun:test';
import { createSlipCheck } from './slips.ts';

test('a name without effect in one call is still a slip in another', () => {
  const slipInRequest = createSlipCheck('a request', ['headers', 'timeout']);
  const slipInCookie = createSlipCheck('a cookie', ['http_only']);
  expect(slipInRequest({ httponly: true })).toBeUndefined();
  expect(slipInCookie({ httponly: true })).toBe('unknown "httponly" in a cookie: is "http_only" meant?');
  expect(slipInCookie({ timout: 1 })).toBeUndefined();
  expect(slipInRequest({ timout: 1 })).toBe('unknown "timout" in a request: is "timeout" meant?');
});
