import { expect, test } from 'bun:test';
import { rememberCall } from './command-line.ts';
import { hintOf } from './status-failure.ts';

test('what was not found names the command that lists it, for the one who asked', () => {
  rememberCall(['offers', 'show', 'x', '--as', 'ada@example.com', '--json']);
  expect(hintOf(404, null, 'offer_not_found')).toBe('ecs offers ls --as ada@example.com');
  rememberCall(['reviews', 'show', 'x', '--operator=grace']);
  expect(hintOf(404, null, 'review_not_found')).toBe('ecs reviews ls --operator grace');
  rememberCall(['webhooks', 'rm', 'x']);
  expect(hintOf(404, null, 'webhook_not_found')).toBe('ecs webhooks ls');
  expect(hintOf(404, null, 'user_not_found')).toBeUndefined();
});
