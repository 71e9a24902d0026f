import { expect, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { createSecretBox, createWebhookSecret } from '../../platform/webhooks/webhook-secret.ts';
import { resealSecrets } from './reseal-secrets.ts';

const runtime = createTestRuntime();
const OLD = 'the old key of at least 32 characters';
const NEW = 'the new key of at least 32 characters';

test('a rotated SECRET_KEY seals the secrets anew, and the old entry is needed no more', async () => {
  const database = await openTestDatabase(runtime);
  const [secret, before] = [createWebhookSecret(), createWebhookSecret()];
  const old = createSecretBox(OLD);
  await database.query(
    (sql) => sql`
      insert into webhook_endpoints (url, event_types, secret, secret_before, secret_before_until, created_by)
      values ('https://example.com/', '{limit.closed}', ${old.seal(secret)}, ${old.seal(before)}, now(), 'ada'),
        ('https://example.com/', '{limit.closed}', ${old.seal(secret)}, null, null, 'ada')`,
  );
  expect(await resealSecrets(database, createSecretBox(`${NEW},${OLD}`))).toBe(2);
  expect(await resealSecrets(database, createSecretBox(`${NEW},${OLD}`))).toBe(0);
  const rows = await database.query(
    (sql) => sql<{ secret: Uint8Array; secret_before: Uint8Array | null }[]>`
      select secret, secret_before from webhook_endpoints order by secret_before is null`,
  );
  const alone = createSecretBox(NEW);
  expect(rows.map((row) => alone.open(row.secret))).toEqual([secret, secret]);
  expect(rows.map((row) => row.secret_before && alone.open(row.secret_before))).toEqual([before, null]);
  await expect(
    resealSecrets(database, createSecretBox('a third key of at least 32 characters')),
  ).rejects.toThrow('another SECRET_KEY');
});
