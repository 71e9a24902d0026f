import { expect, test } from 'bun:test';
import postgres from 'postgres';
import { createTestDatabase, eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { openDatabase } from '../../platform/data/sql.ts';
import { wakeLanes } from '../../platform/webhooks/lanes.ts';
import { type Claim, claimLanes, endEmptyClaim, markDelivered } from './delivery-store.ts';

const runtime = createTestRuntime();
const GATE = 4711;
const USER_ID = Bun.randomUUIDv7();
const ENTRY = { at: new Date().toISOString(), status: 200, ms: 1, error: null, response: '' };

/** A database where a statement that reads the endpoints waits in its middle while the gate is closed. */
async function openGated() {
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
  const add = () =>
    database.query(
      (sql) => sql`
        with added as (
          insert into webhook_deliveries (endpoint_id, event_id, user_id, event_type, payload)
          values (${endpointId}, ${crypto.randomUUID()}, ${USER_ID}, 'offer.accepted', '{}')
          returning endpoint_id, user_id
        )
        ${wakeLanes(sql, sql`added`)}`,
    );
  const claim = async (): Promise<Claim | undefined> =>
    (await claimLanes(database, { busy: new Map(), perEndpoint: 8 }))[0];
  /** Claims, with `meanwhile` between the snapshot of the statement and its locks. */
  const claimWhile = async (meanwhile: () => Promise<unknown>): Promise<Claim | undefined> => {
    const gate = await sql.reserve();
    try {
      await gate`select pg_advisory_lock(${GATE})`;
      const claimed = claim();
      await eventually('the claim waits', async () => {
        const [lock] = await sql`
          select from pg_locks where locktype = 'advisory' and objid = ${GATE} and not granted`;
        return lock !== undefined;
      });
      await meanwhile();
      await gate`select pg_advisory_unlock(${GATE})`;
      return await claimed;
    } finally {
      gate.release();
    }
  };
  return { database, sql, add, claim, claimWhile };
}

test('a delivery that is added while its lane is claimed waits for no other event of its customer', async () => {
  const { database, add, claim, claimWhile } = await openGated();
  await add();
  const claimed = await claimWhile(add);
  if (!claimed?.delivery) throw new Error('nothing was claimed');
  await markDelivered(database, claimed, claimed.delivery.id, ENTRY);
  const following = await claim();
  expect(following?.delivery).toBeTruthy();
  expect(following?.delivery?.id).not.toBe(claimed.delivery.id);
});

test('nor does one that is added while its lane is claimed and found empty', async () => {
  const { database, sql, add, claim, claimWhile } = await openGated();
  await add();
  await sql`update webhook_deliveries set state = 'delivered'`;
  const empty = await claimWhile(add);
  expect(empty).toMatchObject({ delivery: null });
  if (empty) await endEmptyClaim(database, empty);
  expect((await claim())?.delivery).toBeTruthy();
});
