import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { ACT_CHAIN } from '../../../platform/audit/act-chain.ts';
import { linkRows } from '../../../platform/audit/link-rows.ts';
import { connectPostgres } from '../../../platform/data/connect-postgres.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';
import { createTestDatabase } from '../../../tests/harness/engines.ts';
import { storeDecisions } from '../../../tests/harness/stored-decisions.ts';
import type { ChainName } from './check-links.ts';
import { selectVerifications } from './verification-store.ts';
import { createStepMaker } from './verify-step.ts';

/** Steps of the verification in the background, over chains of more than two steps. */
const COUNT = 700;
let sql: Sql;
let isAway = false;
const database = {
  query: async (statement: (used: Sql) => unknown) => {
    if (isAway) throw new Error('away');
    return statement(sql);
  },
} as unknown as Database;
/** Always due, and by replicas without a memory. */
const makeStep = (chain: ChainName) => createStepMaker(database, 0)(chain);

beforeAll(async () => {
  sql = connectPostgres(await createTestDatabase(), { max: 4, name: 'back-office', connectSeconds: 5 });
  await storeDecisions(sql, COUNT);
  await sql`
    insert into audit_log (actor_kind, actor, act, subject_kind, subject_id)
    select 'system', 'ecs', 'test.count', 'number', number::text from generate_series(1, ${COUNT}) as number`;
  while ((await linkRows(database, ACT_CHAIN, 500)) > 0);
});
afterAll(() => sql.end());

/** Ends the pass under way. */
async function endPass(chain: ChainName) {
  const faults = [];
  do {
    faults.push(...(await makeStep(chain)));
  } while ((await rowOf(chain)).position > 0);
  return faults;
}

async function firstFault(chain: ChainName) {
  const states = await selectVerifications(database);
  return states.find((state) => state.chain === chain)?.faultPosition;
}

const isBroken = async (chain: ChainName) => (await firstFault(chain)) !== null;

async function rowOf(chain: ChainName) {
  const [row] = await sql<{ position: number; completed_at: Date | null; seen_position: number }[]>`
    select position::int as position, completed_at, seen_position::int as seen_position
    from chain_verifications where chain = ${chain}`;
  if (!row) throw new Error('no row');
  return row;
}

/** Changes something, verifies the chain, and puts it back: tables as they were before. */
async function faultsWith(chain: ChainName, change: string, tables: string[]) {
  for (const table of tables) await sql.unsafe(`create table kept_${table} as table ${table}`);
  await sql.unsafe(change);
  const places = (await endPass(chain)).map(({ position, path }) => `${position}${path}`);
  const during = await isBroken(chain);
  const first = await firstFault(chain);
  for (const table of tables) {
    await sql.unsafe(`
      alter table ${table} disable trigger user; delete from ${table};
      insert into ${table} select * from kept_${table}; drop table kept_${table};
      alter table ${table} enable trigger user`);
  }
  return { places, during, first };
}

describe.each(['acts', 'decisions'] as const)('the verification of %s', (chain) => {
  test('goes through the chain in steps, and on where another process stopped', async () => {
    expect(await makeStep(chain)).toEqual([]);
    expect((await rowOf(chain)).completed_at).toBeNull();
    const { position } = await rowOf(chain);
    expect(position).toBe(300);
    await makeStep(chain);
    expect((await rowOf(chain)).position).toBe(600);
    await makeStep(chain);
    const end = await rowOf(chain);
    expect(end.position).toBe(0);
    expect(end.seen_position).toBeGreaterThanOrEqual(COUNT);
    expect(end.completed_at).not.toBeNull();
    expect(await isBroken(chain)).toBe(false);
  });

  test('is made by one process at a time, and not before it is due', async () => {
    const replicas = Array.from({ length: 4 }, () => createStepMaker(database, 60));
    await Promise.all(replicas.map((make) => make(chain)));
    expect((await rowOf(chain)).position).toBe(300);
    await Promise.all(replicas.map((make) => make(chain)));
    expect((await rowOf(chain)).position).toBe(300);
    await sql`update chain_verifications set due_at = now()`;
    await endPass(chain);
  });

  test('keeps nothing of a step whose claim has ended', async () => {
    let isLate = false;
    const slow = {
      query: async (statement: (used: Sql) => unknown) => {
        const rows = await database.query(statement as (used: Sql) => Promise<unknown>);
        if (isLate) return rows;
        isLate = true;
        // It was held up after its claim, until the claim ended and others made two steps.
        await sql`update chain_verifications set due_at = now()`;
        await makeStep(chain);
        await makeStep(chain);
        return rows;
      },
    } as unknown as Database;
    await createStepMaker(slow, 0)(chain);
    expect((await rowOf(chain)).position).toBe(600);
    await endPass(chain);
  });

  test('goes on when the database is back, once the claim has ended', async () => {
    await makeStep(chain);
    let calls = 0;
    const failing = {
      query: (statement: (used: Sql) => Promise<unknown>) => {
        calls += 1;
        isAway = calls > 3;
        return database.query(statement);
      },
    } as unknown as Database;
    await expect(createStepMaker(failing, 0)(chain)).rejects.toThrow('away');
    isAway = false;
    await makeStep(chain);
    expect((await rowOf(chain)).position).toBe(300);
    await sql`update chain_verifications set due_at = now()`;
    await makeStep(chain);
    expect((await rowOf(chain)).position).toBe(600);
    await endPass(chain);
  });
});

describe('a chain is broken', () => {
  const links = (chain: ChainName) => (chain === 'acts' ? 'audit_chain' : 'credit_analysis_chain');
  const ACT = '(select act_id from audit_chain where position = 350)';
  const DECISION = '(select analysis_id from credit_analysis_chain where position = 350)';

  test.each([
    ['acts', 'a changed row', `update audit_log set act = 'test.other' where id = ${ACT}`],
    ['acts', 'a deleted row', `delete from audit_log where id = ${ACT}`],
    ['acts', 'a replaced hash', `update audit_chain set record_hash = repeat('0', 64) where position = 350`],
    ['acts', 'a deleted link', 'delete from audit_chain where position = 350'],
    ['acts', 'deleted links', 'delete from audit_chain where position between 290 and 350'],
    ['decisions', 'a changed row', `update credit_analyses set risk_score = 0.5 where id = ${DECISION}`],
    [
      'decisions',
      'a changed record',
      `update credit_analyses set record = record || '{"trace_id": "x"}' where id = ${DECISION}`,
    ],
    [
      'decisions',
      'a record that is none',
      `update credit_analyses set record = '{"versions": 3}' where id = ${DECISION}`,
    ],
    [
      'decisions',
      'a replaced link',
      `update credit_analysis_chain set link = repeat('0', 64) where position = 350`,
    ],
    [
      'decisions',
      'a replaced seal',
      `update credit_analysis_chain set linked_at = linked_at + interval '1 s' where position = 350`,
    ],
    ['decisions', 'deleted links', 'delete from credit_analysis_chain where position between 290 and 350'],
  ] as const)('of %s: %s, until it is put back', async (chain, _, change) => {
    const tables = chain === 'acts' ? ['audit_log', links(chain)] : ['credit_analyses', links(chain)];
    const { places, during } = await faultsWith(chain, change, tables);
    expect(places.length).toBeGreaterThan(0);
    expect(
      places.every((place) => /^35[01]\//.test(place) || place === '350'),
      places.join(),
    ).toBe(true);
    expect(during).toBe(true);
    await endPass(chain);
    expect(await isBroken(chain)).toBe(false);
  });

  test('of decisions: their policy is none any more', async () => {
    await sql`alter table policies disable trigger user`;
    await sql`create table kept_policies as table policies`;
    await sql`update policies set document = '{}'`;
    const faults = await endPass('decisions');
    expect(faults[0]).toMatchObject({ position: 1, path: '/record/versions/policy_hash' });
    await sql`update policies set document = kept.document from kept_policies kept
      where kept.version = policies.version`;
    await endPass('decisions');
    expect(await isBroken('decisions')).toBe(false);
  });

  test.each(['acts', 'decisions'] as const)('of %s: its end was cut off', async (chain) => {
    const { seen_position: end } = await rowOf(chain);
    const cut = `delete from ${links(chain)} where position > ${end - 3}`;
    const { places, during } = await faultsWith(chain, cut, [links(chain)]);
    expect(new Set(places)).toEqual(new Set([`${end}/chain/head`]));
    // By each step: a new end does not take the place of the one that was seen.
    expect(places.length).toBeGreaterThan(1);
    expect(during).toBe(true);
    await endPass(chain);
    expect(await isBroken(chain)).toBe(false);
  });

  test.each(['acts', 'decisions'] as const)('of %s: it was emptied', async (chain) => {
    const { places, during } = await faultsWith(chain, `delete from ${links(chain)}`, [links(chain)]);
    expect(places).toHaveLength(1);
    expect(during).toBe(true);
    await endPass(chain);
    expect(await isBroken(chain)).toBe(false);
  });

  test.each([20, 350, 650])(
    'of acts: its end was cut off, and the row of link %i changed',
    async (position) => {
      const { seen_position: end } = await rowOf('acts');
      const changes = `
      delete from audit_chain where position > ${end - 3};
      update audit_log set act = 'test.other'
      where id = (select act_id from audit_chain where position = ${position})`;
      const { first } = await faultsWith('acts', changes, ['audit_log', 'audit_chain']);
      expect(first).toBe(position);
      await endPass('acts');
      expect(await isBroken('acts')).toBe(false);
    },
  );

  test('of acts: it was made anew after its end was cut off', async () => {
    const { seen_position: end } = await rowOf('acts');
    await sql.unsafe(`create table kept_links as table audit_chain`);
    await sql`
      with cut as (delete from audit_chain where position > ${end - 3} returning act_id)
      insert into audit_unlinked select act_id from cut order by act_id desc`;
    await sql`insert into audit_log (actor_kind, actor, act, subject_kind) values ('system', 'ecs', 'test.more', 'x')`;
    await sql`delete from audit_unlinked where act_id = (select act_id from kept_links where position = ${end})`;
    while ((await linkRows(database, ACT_CHAIN, 500)) > 0);
    expect((await endPass('acts')).map(({ path }) => path)).toContain('/chain/head');
    await sql`drop table kept_links`;
  });
});
