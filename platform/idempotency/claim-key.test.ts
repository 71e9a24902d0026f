import { expect, test } from 'bun:test';
import postgres from 'postgres';
import { createTestDatabase, eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { claimKey } from './idempotency-store.ts';
import { countLockWaits } from '../../tests/harness/lock-waits.ts';

const runtime = createTestRuntime();
const ID = { scope: 'ada', key: 'one' };

test('a key past its time that another request claims at this moment reads as running, not as its old response', async () => {
  const url = await createTestDatabase();
  const database = await openTestDatabase(runtime, url);
  const sql = postgres(url, { max: 2, onnotice: () => {} });
  await sql`
    insert into idempotency_keys (scope, key, fingerprint, locked_until, answer, expires_at)
    values (${ID.scope}, ${ID.key}, 'of another body', now(), 'an old response', now() - interval '1 second')`;
  const claiming = await sql.reserve();
  await claiming`begin`;
  await claiming`
    update idempotency_keys set fingerprint = 'of this body', answer = null,
      locked_until = now() + interval '10 seconds', expires_at = now() + interval '1 day'`;
  const claim = claimKey(database, ID, ['of this body']);
  await eventually('it waits', async () => (await countLockWaits(sql)) > 0);
  await claiming`commit`;
  claiming.release();
  expect(await claim).toEqual({ claimed: false, fingerprint: 'of this body', response: null });
  await sql.end({ timeout: 1 });
});
