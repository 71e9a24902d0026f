import postgres from 'postgres';
import { openDatabase } from '../../platform/data/sql.ts';
import { wakeLanes } from '../../platform/webhooks/lanes.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { createTestDatabase, eventually } from './engines.ts';
import { countLockWaits } from './lock-waits.ts';

const GATE = 4711;

/**
 * A database with an endpoint, where a statement that reads the endpoints waits in its middle while the gate
 * is closed: it has its snapshot then, and not its locks. `sql` passes by the gate at `gated_endpoints`.
 */
export async function openGatedWebhooks(runtime: Runtime) {
  const url = await createTestDatabase();
  const sql = postgres(url, { max: 3, onnotice: () => {} });
  const database = openDatabase({ url, name: 'test', poolSize: 4, log: runtime.log });
  runtime.lifecycle.onDrain('gated database', async () => {
    await Promise.all([sql.end({ timeout: 1 }), database.close()]);
  });
  const [endpoint] = await sql<{ id: string }[]>`
    insert into webhook_endpoints (url, event_types, secret, created_by)
    values ('https://partner.example/hooks', '{offer.accepted}', 'sealed', 'test') returning id`;
  const endpointId = endpoint?.id ?? '';
  await sql`alter table webhook_endpoints rename to gated_endpoints`;
  await sql.unsafe(`
    create view webhook_endpoints as select * from gated_endpoints
    where pg_advisory_xact_lock_shared(${GATE})::text is not null`);
  const add = (userId: string) =>
    database.query(
      (sql) => sql`
        with added as (
          insert into webhook_deliveries (endpoint_id, event_id, user_id, event_type, payload)
          values (${endpointId}, ${crypto.randomUUID()}, ${userId}, 'offer.accepted', '{}')
          returning endpoint_id, user_id
        )
        ${wakeLanes(sql, sql`added`)}`,
    );
  /** Runs a statement, with `meanwhile` between its snapshot and its locks. */
  const runWhile = async <T>(
    statement: () => Promise<T>,
    meanwhile: () => PromiseLike<unknown>,
  ): Promise<T> => {
    const gate = await sql.reserve();
    try {
      await gate`select pg_advisory_lock(${GATE})`;
      const running = statement();
      await eventually('the statement waits', async () => {
        return (await countLockWaits(sql)) > 0;
      });
      await meanwhile();
      await gate`select pg_advisory_unlock(${GATE})`;
      return await running;
    } finally {
      gate.release();
    }
  };
  return { database, sql, endpointId, add, runWhile };
}
