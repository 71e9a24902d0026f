import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { ACT_CHAIN } from '../../platform/audit/act-chain.ts';
import { appendAct } from '../../platform/audit/append-act.ts';
import { linkRows } from '../../platform/audit/link-rows.ts';
import { connectPostgres } from '../../platform/data/connect-postgres.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { createTestDatabase } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { storeDecisions } from '../../tests/harness/stored-decisions.ts';
import type { KeptAnchor } from './anchors.ts';
import { recordRestore } from './record-restore.ts';
import { type AuditReport, type Fault, verifyAudit } from './verify-audit.ts';

/** Beside the steps of the policy that the decisions are made by, which come first. */
const ACTS = 30;
const runtime = createTestRuntime();
let url: string;
let sql: Sql;
/** Anchors that were kept while nobody had changed anything. */
let anchors: KeptAnchor[];
let lastAct: number;

beforeAll(async () => {
  url = await createTestDatabase();
  sql = connectPostgres(url, { max: 1, name: 'credit', connectSeconds: 5 });
  await storeDecisions(sql, 40);
  for (let index = 0; index < ACTS; index += 1) {
    await appendAct(sql, {
      actor: index % 3 === 0 ? { kind: 'customer' } : { kind: 'operator', name: `ada${index}` },
      act: 'webhook.test',
      subject: { kind: 'test', id: `subject ${index}` },
      customerId: crypto.randomUUID(),
      reason: `because ${index}`,
      details: { amount: 7500.25, index },
    });
  }
  const database = await openTestDatabase(runtime, url);
  while ((await linkRows(database, ACT_CHAIN, 10)) > 0);
  // As somebody with all rights: no checks, no triggers.
  await sql`set session_replication_role = replica`;
  const checks = await sql<{ relation: string; name: string }[]>`
    select conrelid::regclass::text as relation, conname as name from pg_constraint where contype = 'c'
      and conrelid in ('audit_log'::regclass, 'credit_analyses'::regclass)`;
  for (const { relation, name } of checks)
    await sql`alter table ${sql(relation)} drop constraint ${sql(name)}`;
  const { report } = await verified();
  const at = '2026-11-28T12:00:00.000Z';
  lastAct = report.acts.head.position;
  anchors = [{ at, from: 'elsewhere', acts: report.acts.head, decisions: report.decisions.head }];
}, 60_000);
afterAll(() => sql.end());

async function verified(kept: KeptAnchor[] = []): Promise<{ faults: Fault[]; report: AuditReport }> {
  const faults: Fault[] = [];
  const report = await verifyAudit(sql, kept, (fault) => faults.push(fault));
  return { faults, report };
}

/** Takes the end of both chains away. */
async function cut(): Promise<void> {
  await sql`
    with cut as (delete from audit_chain where position > 25 returning act_id)
    delete from audit_log where id in (select act_id from cut)`;
  await sql`
    with cut as (delete from credit_analysis_chain where position > 38 returning analysis_id)
    delete from credit_analyses where id in (select analysis_id from cut)`;
}

/** Returns the faults after a change, and undoes it. */
async function faultsAfter(change: () => Promise<unknown>, kept: KeptAnchor[] = []): Promise<Fault[]> {
  const tables = ['audit_log', 'audit_chain', 'credit_analyses', 'credit_analysis_chain'];
  for (const table of tables) await sql`create table ${sql(`kept_${table}`)} as table ${sql(table)}`;
  try {
    await change();
    return (await verified(kept)).faults;
  } finally {
    for (const table of tables) {
      await sql`delete from ${sql(table)}`;
      await sql`insert into ${sql(table)} select * from ${sql(`kept_${table}`)}`;
      await sql`drop table ${sql(`kept_${table}`)}`;
    }
  }
}

/** Changes one character of a value as PostgreSQL writes it, so that it stays one of its type. */
function flipped(value: string | null, type: string): string {
  if (value === null) return INSTEAD_OF_NULL[type] ?? '7';
  if (type === 'boolean') return value === 'true' ? 'false' : 'true';
  if (type === 'timestamp with time zone')
    return value.replace(/\d(?=\D*$|[+-]\d\d$)/, (digit) => anotherCharacter(digit));
  const digits = [...value.matchAll(/\d/g)];
  // The last digit of an id or a position could make it another row's.
  const digit = digits.at(['uuid', 'bigint'].includes(type) ? 0 : -1)?.index;
  if (type === 'jsonb' && digit === undefined) return value.startsWith('[') ? '[7]' : '{"x": 7}';
  const at = digit ?? 0;
  return value.slice(0, at) + anotherCharacter(value[at] ?? '') + value.slice(at + 1);
}
const INSTEAD_OF_NULL: Record<string, string> = {
  uuid: crypto.randomUUID(),
  jsonb: '{"x": 1}',
  'timestamp with time zone': '2026-01-01',
};
const anotherCharacter = (character: string) =>
  /\d/.test(character) ? `${(Number(character) + 5) % 10}` : '~';

const columnsOf = async (table: string) => {
  const rows = await sql<{ name: string; type: string }[]>`
    select column_name as name, data_type as type from information_schema.columns where table_name = ${table}`;
  expect(rows.length).toBeGreaterThan(3);
  return rows;
};

describe('a verification', () => {
  test('of what nobody changed finds nothing, and gives both heads', async () => {
    const { faults, report } = await verified(anchors);
    expect(faults).toEqual([]);
    expect(lastAct).toBeGreaterThan(ACTS);
    expect(report.acts).toMatchObject({ linked: lastAct, waiting: 0, head: { position: lastAct } });
    expect(report.decisions).toMatchObject({ linked: 40, head: { position: 40 } });
  });

  test.each([
    ['audit_log', 'id', '(select act_id from audit_chain where position = 20)'],
    ['audit_chain', 'position', '20'],
    ['credit_analyses', 'id', '(select analysis_id from credit_analysis_chain where position = 20)'],
    ['credit_analysis_chain', 'position', '20'],
  ])(
    'names the row of %s in which one character of any column was changed',
    async (table, key, place) => {
      const chain = table.startsWith('audit') ? 'acts' : 'decisions';
      for (const { name, type } of await columnsOf(table)) {
        const [row] = await sql.unsafe<{ value: string | null }[]>(
          `select "${name}"::text as value from ${table} where ${key} = ${place}`,
        );
        const value = flipped(row?.value ?? null, type);
        const faults = await faultsAfter(() =>
          sql.unsafe(`update ${table} set "${name}" = $1::text::${type} where ${key} = ${place}`, [value]),
        );
        expect(
          faults.map((fault) => fault.chain),
          name,
        ).toContain(chain);
        // A row with another id, or at another position, is found by the gap that it leaves.
        const positions = faults.map(({ position }) => position ?? 20);
        expect(
          positions.some((position) => position === 20 || position === 21),
          name,
        ).toBe(true);
      }
    },
    60_000,
  );

  test('notices a row that was deleted, with its link or without', async () => {
    for (const [table, chain] of [
      ['audit_log', 'audit_chain'],
      ['credit_analyses', 'credit_analysis_chain'],
    ]) {
      const key = table === 'audit_log' ? 'act_id' : 'analysis_id';
      const [id] = (
        await sql.unsafe<{ id: string }[]>(`select ${key} as id from ${chain} where position = 7`)
      ).map((row) => row.id);
      const remove = () => sql.unsafe(`delete from ${table} where id = '${id}'`);
      expect(await faultsAfter(remove)).toMatchObject([{ position: 7, id, path: '' }]);
      const faults = await faultsAfter(async () => {
        await remove();
        await sql.unsafe(`delete from ${chain} where position = 7`);
      });
      expect(faults[0]).toMatchObject({ position: 8, path: '/chain/position', stored: 8, computed: 7 });
    }
  });

  test('notices an act that was inserted without a link, and acts that changed places', async () => {
    const insert = () => sql`
      insert into audit_log select (jsonb_populate_record(kept, jsonb_build_object('id', gen_random_uuid()))).*
      from audit_log kept limit 1`;
    expect((await faultsAfter(insert)).map(({ path }) => path)).toEqual(['/record_hash', '/chain']);
    const swap = () => sql`
      update audit_chain set act_id = other.act_id, record_hash = other.record_hash
      from audit_chain other where (audit_chain.position, other.position) in ((4, 5), (5, 4))`;
    await sql`alter table audit_chain drop constraint audit_chain_act_id_key`;
    expect((await faultsAfter(swap))[0]).toMatchObject({ chain: 'acts', position: 4, path: '/chain/link' });
  });

  test('notices a cut tail by an anchor alone', async () => {
    expect(await faultsAfter(cut)).toEqual([]);
    expect(await faultsAfter(cut, anchors)).toMatchObject([
      { chain: 'acts', position: lastAct, path: '/anchor', stored: null },
      { chain: 'decisions', position: 40, path: '/anchor', stored: null },
    ]);
  });

  test('accepts a cut tail by a restore on record, and by nothing of before or after it', async () => {
    const note = 'dump of 02:00';
    const before = anchors.map((anchor) => ({ ...anchor, at: '2026-11-28T11:00:00.000Z' }));
    const after = anchors.map((anchor) => ({ ...anchor, at: '2999-01-01T00:00:00.000Z' }));
    const restore = async (list: KeptAnchor[]) => {
      await cut();
      await sql`set session_replication_role = origin`;
      const entered = await recordRestore(sql, list, { operator: 'carol', note });
      await sql`set session_replication_role = replica`;
      expect(entered).toEqual(expect.objectContaining({ lost: 2, otherFaults: 0 }));
    };
    expect(await recordRestore(sql, anchors, { operator: 'carol', note })).toBeNull();
    expect(await faultsAfter(() => restore(anchors), anchors)).toEqual([]);
    expect(await faultsAfter(() => restore(anchors), before)).toHaveLength(2);
    expect(await faultsAfter(() => restore(after), after)).toHaveLength(2);
    await sql`delete from audit_unlinked`;
  });

  test('notices a chain that was made anew around a changed act by an anchor alone', async () => {
    const forge = async () => {
      await sql`set session_replication_role = origin`;
      await sql`create temporary table forged as select * from audit_log order by created_at`;
      await sql`update forged set reason = 'another' where subject_id = 'subject 3'`;
      await sql`delete from audit_log`;
      await sql`delete from audit_chain`;
      await sql`insert into audit_log select * from forged`;
      await sql`drop table forged`;
      const database = await openTestDatabase(runtime, url);
      while ((await linkRows(database, ACT_CHAIN, 10)) > 0);
      await sql`set session_replication_role = replica`;
    };
    expect(await faultsAfter(forge)).toEqual([]);
    expect(await faultsAfter(forge, anchors)).toMatchObject([
      { chain: 'acts', position: lastAct, path: '/anchor' },
    ]);
  });

  test('names an act in the name of an operator that no service wrote', async () => {
    const insert = async () => {
      await sql`set session_replication_role = origin`;
      await sql`set application_name = psql`;
      await sql`
        insert into audit_log (actor_kind, actor, act, subject_kind) values ('operator', 'ada', 'webhook.test', 'test')`;
      await sql`set application_name = credit`;
      await sql`set session_replication_role = replica`;
    };
    expect(await faultsAfter(insert)).toMatchObject([{ path: '/written_by', stored: 'ecsuser psql' }]);
    await sql`delete from audit_unlinked`;
  });

  test('accepts an act without identity by an erasure that names it, and by nothing else', async () => {
    const [act] = await sql<{ id: string }[]>`select id from audit_log where subject_id = 'subject 9'`;
    const strip = (by: string) => sql`
      update audit_log set customer_id = null, reason = null, salt = null, erased_by = ${by}
      where id = ${act?.id ?? ''}`;
    /** Strips the act after an erasure of these acts was entered. */
    const eraseActs = (ids: string[]) => async () => {
      await sql`set session_replication_role = origin`;
      const [erasing] = await sql<{ id: string }[]>`
        insert into audit_log (actor_kind, actor, act, subject_kind, details)
        values ('system', 'privacy', 'customer.erase', 'customer', ${sql.json({ acts: ids })}) returning id`;
      await sql`set session_replication_role = replica`;
      await strip(erasing?.id ?? '');
    };
    const fault = [{ path: '/salt', position: lastAct - ACTS + 10 }];
    expect(await faultsAfter(() => strip(crypto.randomUUID()))).toMatchObject(fault);
    expect(await faultsAfter(eraseActs([crypto.randomUUID()]))).toMatchObject(fault);
    expect(await faultsAfter(eraseActs([act?.id ?? '']))).toEqual([]);
  });
});
