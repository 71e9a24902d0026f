import { beforeAll, expect, test } from 'bun:test';
import postgres from 'postgres';
import { createTestDatabase, eventually } from '../../tests/harness/engines.ts';
import { countLockWaits } from '../../tests/harness/lock-waits.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import type { Database } from '../../platform/data/sql.ts';
import { claimKey, type HeldKey } from '../../platform/idempotency/idempotency-store.ts';
import { createSecretBox } from '../../platform/webhooks/webhook-secret.ts';
import { compilePolicy } from '../../underwriting/policy/compile-policy.ts';
import shipped from '../../underwriting/policies/v1.json';
import { addPartner, requirePartner, rotatePartner } from './partners/manage-partners.ts';
import { changePartnerStatus } from './partners/partner-store.ts';
import { activate, rollBack } from './policies/activate.ts';
import { addDraft, approve, markTested, propose } from './policies/change-state.ts';
import { selectDeliveries } from './webhooks/delivery-log-store.ts';
import { insertTest, insertWebhook, selectWebhooks, updateWebhook } from './webhooks/endpoint-store.ts';

/** Each act that would count twice, by a process that wakes up when another has its idempotency key. */
const runtime = createTestRuntime();
const SCOPES = ['webhooks:manage' as const];
const secrets = createSecretBox('a secret key of at least 32 characters');
let database: Database;
beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

async function hold(id: { scope: string; key: string }): Promise<HeldKey> {
  const claim = await claimKey(database, id, ['of one body']);
  if (!claim.claimed) throw new Error('the key is held by another');
  return claim.held;
}

/** Returns a key that another has claimed since, and that of the other. */
async function makeLostKey(): Promise<{ lostKey: HeldKey; heldKey: HeldKey }> {
  const id = { scope: 'operator ada', key: crypto.randomUUID() };
  const lostKey = await hold(id);
  await database.query(
    (sql) => sql`update idempotency_keys set locked_until = now() - interval '1 s' where key = ${id.key}`,
  );
  return { lostKey, heldKey: await hold(id) };
}

const newName = (prefix: string) => `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
const codeOf = (work: Promise<unknown>) => work.then(String, (error: { code: string }) => error.code);

async function approvedPolicy(jurisdiction: string): Promise<string> {
  const version = newName('p');
  const policy = compilePolicy({ ...shipped, version, jurisdictions: [jurisdiction] });
  await addDraft(database, policy, 'ada');
  await markTested(database, { version, hash: policy.hash, by: 'ada', note: 'none', figures: { flips: 0 } });
  await propose(database, version, 'ada', 'why');
  await approve(database, version, 'grace', 'agreed');
  return version;
}

test('a rollback without a version goes back once', async () => {
  const versions = [await approvedPolicy('NZ'), await approvedPolicy('NZ'), await approvedPolicy('NZ')];
  const act = { jurisdictions: ['NZ'], by: 'grace', note: 'too many flips' };
  for (const version of versions) await activate(database, { ...act, version });
  const { lostKey, heldKey } = await makeLostKey();
  const { changes } = await rollBack(database, { ...act, held: heldKey });
  expect(changes).toEqual([{ jurisdiction: 'NZ', version: versions[1] ?? '' }]);
  expect(await codeOf(rollBack(database, { ...act, held: lostKey }))).toBe('no_policy_before');
  const active = await database.query(
    (sql) => sql`select version from policy_activations where jurisdiction = 'NZ'`,
  );
  expect([...active]).toEqual([{ version: versions[1] }]);
});

test('an activation that was taken back meanwhile is not made again', async () => {
  const [first, second] = [await approvedPolicy('IS'), await approvedPolicy('IS')];
  const act = { jurisdictions: ['IS'], by: 'grace', note: 'a test' };
  await activate(database, { ...act, version: first });
  const { lostKey, heldKey } = await makeLostKey();
  expect((await activate(database, { ...act, version: second, held: heldKey })).changes).toHaveLength(1);
  await rollBack(database, { ...act, version: second });
  expect((await activate(database, { ...act, version: second, held: lostKey })).changes).toEqual([]);
});

test('a webhook is added, rotated, enabled and tested once', async () => {
  const partner = await addPartner(database, { name: newName('hooks'), scopes: SCOPES }, { by: 'ada' });
  const owner = {
    partnerId: partner.client_id,
    actor: { kind: 'operator', name: 'ada' },
    name: 'ada',
  } as const;
  const { lostKey, heldKey } = await makeLostKey();
  const webhook = { url: 'https://example.com/', event_types: ['limit.closed' as const] };
  const add = (key: HeldKey) =>
    insertWebhook(database, { ...owner, held: key }, webhook, secrets.seal('a secret'));
  const id = (await add(heldKey))?.webhook_id ?? '';
  expect(await add(lostKey)).toBeNull();
  expect(await selectWebhooks(database, owner)).toHaveLength(1);
  const secretOf = async () => {
    const [row] = await database.query((sql) => sql`select secret from webhook_endpoints where id = ${id}`);
    return secrets.open(row?.secret as Buffer);
  };
  const rotate = (key: HeldKey, secret: string) => {
    const change = { act: 'webhook.rotate', sealed: secrets.seal(secret), graceHours: 0 } as const;
    return updateWebhook(database, { ...owner, held: key }, id, change);
  };
  await rotate(heldKey, 'the one that was shown');
  await rotate(lostKey, 'another');
  expect(await secretOf()).toBe('the one that was shown');
  await updateWebhook(database, owner, id, { act: 'webhook.disable' });
  const enabled = await updateWebhook(database, { ...owner, held: lostKey }, id, { act: 'webhook.enable' });
  expect(enabled?.state).toBe('disabled');
  const sendTest = (key: HeldKey) =>
    insertTest(database, { ...owner, held: key }, id, { eventId: Bun.randomUUIDv7(), payload: '{}' });
  expect([await sendTest(heldKey), await sendTest(lostKey)]).toEqual([expect.any(String), null]);
  expect(await selectDeliveries(database, id, { size: 10 })).toHaveLength(1);
});

test('a partner is added, rotated and disabled once', async () => {
  const { lostKey, heldKey } = await makeLostKey();
  const partner = { name: newName('late'), scopes: SCOPES };
  expect(await codeOf(addPartner(database, partner, { by: 'ada', held: lostKey }))).toBe(
    'partner_name_taken',
  );
  const { client_id: id } = await addPartner(database, partner, { by: 'ada', held: heldKey });
  const rotated = await rotatePartner(database, id, { grace_seconds: 0 }, { by: 'ada', held: heldKey });
  await codeOf(rotatePartner(database, id, { grace_seconds: 0 }, { by: 'ada', held: lostKey }));
  await changePartnerStatus(database, id, 'disabled', { by: 'ada', held: lostKey });
  expect(await requirePartner(database, id)).toMatchObject({
    status: 'active',
    credentials: [{ credential_id: rotated.credential_id }],
  });
});

test('an act that meets the takeover of its key waits for it, and is not done', async () => {
  const url = await createTestDatabase();
  const ownDatabase = await openTestDatabase(runtime, url);
  const sql = postgres(url, { max: 2, onnotice: () => {} });
  const claim = await claimKey(ownDatabase, { scope: 'operator ada', key: 'one' }, ['of one body']);
  if (!claim.claimed) throw new Error('the key is held by another');
  const claiming = await sql.reserve();
  await claiming`begin`;
  await claiming`update idempotency_keys set locked_until = now() + interval '10 s'`;
  const adding = codeOf(
    addPartner(ownDatabase, { name: 'late', scopes: SCOPES }, { by: 'ada', held: claim.held }),
  );
  await eventually('it waits', async () => (await countLockWaits(sql)) > 0);
  await claiming`commit`;
  claiming.release();
  expect(await adding).toBe('partner_name_taken');
  expect([...(await sql`select from partners`)]).toEqual([]);
  await sql.end({ timeout: 1 });
});

test('an erasure that deletes the key of an act in progress does not keep it from its change', async () => {
  const id = { scope: 'operator ada', key: crypto.randomUUID() };
  const erased = await hold(id);
  await database.query((sql) => sql`delete from idempotency_keys where key = ${id.key}`);
  const partner = { name: newName('erased'), scopes: SCOPES };
  const added = await addPartner(database, partner, { by: 'ada', held: erased });
  expect(await requirePartner(database, added.client_id)).toMatchObject({ name: partner.name });
});
