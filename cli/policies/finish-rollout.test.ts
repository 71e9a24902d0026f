import { expect, test } from 'bun:test';
import { requireAllBack } from './finish-rollout.ts';

test('a rollback names the jurisdictions that have gone back beside those that could not', () => {
  const changes = [
    { jurisdiction: 'US', version: 'base-1' },
    { jurisdiction: 'BR', version: null },
  ];
  requireAllBack(changes, ['US', 'BR']);
  expect(() => requireAllBack(changes, ['US', 'CA', 'BR', 'GB'])).toThrow(
    'active for US: base-1; BR has the policy of * again; no policy was active before for CA, GB',
  );
});
