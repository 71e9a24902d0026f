import type { Database } from '../../platform/data/sql.ts';
import type { SecretBox } from '../../platform/webhooks/webhook-secret.ts';

/**
 * Seals the secrets of endpoints anew that an older entry of SECRET_KEY has sealed, so that it can be taken
 * from the list; returns how many endpoints. Throws for one that no entry opens.
 */
export async function resealSecrets(database: Database, secrets: SecretBox): Promise<number> {
  const rows = await database.query(
    (sql) => sql<{ id: string; secret: Uint8Array; secretBefore: Uint8Array | null }[]>`
      select id, secret, secret_before as "secretBefore" from webhook_endpoints`,
  );
  let count = 0;
  for (const { id, secret, secretBefore } of rows) {
    const isCurrent = [secret, secretBefore].every(
      (sealed) => sealed === null || !secrets.isOutdated(sealed),
    );
    if (isCurrent) continue;
    const anew = (sealed: Uint8Array) => secrets.seal(secrets.open(sealed));
    // Not where a rotation came in between.
    await database.query(
      (sql) => sql`
        update webhook_endpoints
        set secret = ${anew(secret)}, secret_before = ${secretBefore && anew(secretBefore)}
        where id = ${id} and secret = ${Buffer.from(secret)}`,
    );
    count += 1;
  }
  return count;
}
