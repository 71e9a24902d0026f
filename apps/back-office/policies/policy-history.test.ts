import { beforeAll, describe, expect, test } from 'bun:test';
import postgres from 'postgres';
import type { Database } from '../../../platform/data/sql.ts';
import { compilePolicy } from '../../../underwriting/policy/compile-policy.ts';
import shipped from '../../../underwriting/policies/v1.json';
import { createTestDatabase } from '../../../tests/harness/engines.ts';
import { activate, rollBack } from './activate.ts';
import { addDraft, approve, markTested, propose } from './change-state.ts';

/** Policies that are changed by plain SQL, without `ecs policy`. */
let sql: postgres.Sql;
const database: Pick<Database, 'query'> = { query: async (statement) => statement(sql) };
let databaseUser: string;

beforeAll(async () => {
  sql = postgres(await createTestDatabase(), { max: 4, onnotice: () => {} });
  databaseUser = String((await sql`select session_user as name`)[0]?.name);
});

async function approvedPolicy(jurisdictions: string[]): Promise<string> {
  const version = `p-${crypto.randomUUID().slice(0, 8)}`;
  const policy = compilePolicy({ ...shipped, version, jurisdictions });
  await addDraft(database, policy, 'ada');
  await markTested(database, { version, hash: policy.hash, by: 'ada', note: 'ok', figures: {} });
  await propose(database, version, 'ada', 'why');
  await approve(database, version, 'grace', 'agreed');
  return version;
}

const actsOf = async (where: { jurisdiction: string } | { version: string }) => {
  const [[column, value] = []] = Object.entries(where);
  const rows = await sql`
    select act, version, actor from policy_events where ${sql(column as string)} = ${value as string} order by id`;
  return rows.map(({ act, version, actor }) => [act, version, actor]);
};

const put = (jurisdiction: string, version: string) => sql`
  insert into policy_activations (jurisdiction, version, activated_by) values (${jurisdiction}, ${version}, 'nobody')
  on conflict (jurisdiction) do update set version = excluded.version`;

describe('the history of policies has every change, whoever makes it', () => {
  test('an activation by plain SQL is kept with the user of the database as its actor, once', async () => {
    const [first, second] = [await approvedPolicy(['BR']), await approvedPolicy(['BR'])];
    await activate(database, { version: first, jurisdictions: null, by: 'grace', note: null });
    await put('BR', second);
    await put('BR', second);
    await activate(database, { version: first, jurisdictions: null, by: 'grace', note: null });
    expect(await actsOf({ jurisdiction: 'BR' })).toEqual([
      ['activate', first, 'grace'],
      ['activate', second, databaseUser],
      ['activate', first, 'grace'],
    ]);
  });

  test('a rollback goes back over what was activated by plain SQL', async () => {
    const [first, second] = [await approvedPolicy(['US']), await approvedPolicy(['US'])];
    await put('US', first);
    await put('US', second);
    const { changes } = await rollBack(database, {
      jurisdictions: ['US'],
      by: 'grace',
      note: 'too many flips',
    });
    expect(changes).toEqual([{ jurisdiction: 'US', version: first }]);
    expect(await actsOf({ jurisdiction: 'US' })).toEqual([
      ['activate', first, databaseUser],
      ['activate', second, databaseUser],
      ['rollback', first, 'grace'],
    ]);
  });

  test('an activation that is deleted, moved or made again by plain SQL is kept', async () => {
    const version = await approvedPolicy(['AR', 'CL']);
    await put('AR', version);
    await sql`delete from policy_activations where jurisdiction = 'AR'`;
    await put('AR', version);
    await sql`update policy_activations set jurisdiction = 'CL' where jurisdiction = 'AR'`;
    expect(await actsOf({ jurisdiction: 'AR' })).toEqual([
      ['activate', version, databaseUser],
      ['rollback', version, databaseUser],
      ['activate', version, databaseUser],
      ['rollback', version, databaseUser],
    ]);
    expect(await actsOf({ jurisdiction: 'CL' })).toEqual([['activate', version, databaseUser]]);
  });

  test('a policy that is added or approved by plain SQL has these steps in its history', async () => {
    const version = `p-${crypto.randomUUID().slice(0, 8)}`;
    const { document, hash } = compilePolicy({ ...shipped, version });
    await sql`insert into policies (version, document, hash, created_by)
      values (${version}, ${JSON.stringify(document)}::text::jsonb, ${hash}, 'ada')`;
    await sql`update policies set state = 'approved', proposed_by = 'ada', approved_by = 'grace'
      where version = ${version}`;
    await sql`update policies set state = 'retired' where version = ${version}`;
    expect(await actsOf({ version })).toEqual([
      ['add', version, databaseUser],
      ['approve', version, databaseUser],
      ['retire', version, databaseUser],
    ]);
  });
});
