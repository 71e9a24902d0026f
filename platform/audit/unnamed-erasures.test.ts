import { expect, test } from 'bun:test';
import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import postgres from 'postgres';
import { startEngine, temporaryFolder } from '../../tests/harness/engines.ts';
import { migrate, migrationFiles } from '../data/migrate.ts';
import { selectUnlinkedActs } from './linked-act-store.ts';
import { faultsOfAct } from './verify-act.ts';

const BEFORE = 40;
const ROOT = join(import.meta.dir, '..', '..');

test('an erasure that named no acts is no fault once they are named, and a forged one is', async () => {
  const folder = temporaryFolder();
  for (const { version, file } of migrationFiles()) {
    if (version <= BEFORE) copyFileSync(join(ROOT, file), join(folder, basename(file)));
  }
  const { url } = await startEngine('postgresql');
  await migrate(url, { pattern: join(folder, '*.sql') });
  const sql = postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: 'privacy' } });
  const append = async (act: string, details: object, customerId: string | null = null) => {
    const [row] = await sql<{ id: string }[]>`
      insert into audit_log (actor_kind, actor, act, subject_kind, subject_id, customer_id, details)
      values ('system', 'privacy', ${act}, 'customer', 'hash', ${customerId}, ${sql.json({ ...details })})
      returning id`;
    return row?.id ?? '';
  };
  const take = (acts: string[], erasedBy: string) =>
    sql`update audit_log set customer_id = null, reason = null, salt = null, erased_by = ${erasedBy}
      where id = any (${acts}::uuid[])`;
  const customer = crypto.randomUUID();
  const accepted = await append('offer.accept', {}, customer);
  const closed = await append('limit.close', {}, customer);
  await take([accepted, closed], await append('customer.erase', { requested_by: 'customer' }));
  const forged = await append('policy.approve', {}, customer);
  await take([forged], await append('customer.erase', { requested_by: 'customer', acts: [] }));
  const faultsOf = async () =>
    (await selectUnlinkedActs(sql, { after: null, size: 100 }))
      .flatMap(faultsOfAct)
      .map(({ rowId, path }) => `${rowId} ${path}`)
      .toSorted();
  expect(await faultsOf()).toEqual([accepted, closed, forged].map((id) => `${id} /salt`).toSorted());
  await migrate(url);
  expect(await faultsOf()).toEqual([`${forged} /salt`]);
  await sql.end();
});
