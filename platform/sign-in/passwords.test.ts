import { expect, test } from 'bun:test';
import { fastestMs } from '../../tests/harness/time.ts';
import { createPasswordCheck, hashPassword } from './passwords.ts';

test('a guess takes the same time where there is no account', async () => {
  const verify = createPasswordCheck({ atOnce: 1, waitingMax: 10 });
  const hash = await hashPassword('a long passphrase');
  expect(await verify('a long passphrase', hash, 'home')).toBe(true);
  const knownMs = await fastestMs(() => verify('a wrong one', hash, 'home'));
  const unknownMs = await fastestMs(() => verify('a wrong one', null, 'home'));
  expect(unknownMs).toBeGreaterThan(knownMs / 2);
  expect(unknownMs).toBeLessThan(knownMs * 2);
});
