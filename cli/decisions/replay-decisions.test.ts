import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { connectPostgres } from '../../platform/data/connect-postgres.ts';
import type { Sql } from '../../platform/data/sql.ts';
import { createTestDatabase } from '../../tests/harness/engines.ts';
import { storeDecisions } from '../../tests/harness/stored-decisions.ts';
import { eraseRecord } from '../../underwriting/decision/erase-record.ts';
import type { DecisionRecord } from '../../underwriting/decision/record.ts';
import { type ReplayReport, type ReplayScope, replayDecisions } from './replay-decisions.ts';

/** More than a page of 1000. */
const COUNT = 1050;
let sql: Sql;

beforeAll(async () => {
  sql = connectPostgres(await createTestDatabase(), { max: 2, name: 'test', connectSeconds: 5 });
  await storeDecisions(sql, COUNT);
});
afterAll(() => sql.end());

async function findings(scope: ReplayScope = {}): Promise<{ places: string[]; report: ReplayReport }> {
  const places: string[] = [];
  const report = await replayDecisions(sql, scope, ({ rowId, path }) => places.push(`${rowId} ${path}`));
  return { places, report };
}

/** The decision at a place of the chain. */
async function idAt(position: number): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    select analysis_id as id from credit_analysis_chain where position = ${position}`;
  return row?.id ?? '';
}

/** Returns the findings of a replay after a change, and undoes the change. */
async function findingsAfter(change: (id: string) => Promise<unknown>, position = 700): Promise<string[]> {
  const id = await idAt(position);
  await sql`create table kept as select * from credit_analyses where id = ${id}`;
  await sql`create table kept_link as select * from credit_analysis_chain where analysis_id = ${id}`;
  await change(id);
  const { places } = await findings();
  await sql`delete from credit_analysis_chain where analysis_id = ${id}`;
  await sql`delete from credit_analyses where id = ${id}`;
  await sql`insert into credit_analyses select * from kept`;
  await sql`insert into credit_analysis_chain select * from kept_link`;
  await sql`drop table kept, kept_link`;
  return places.map((place) => place.replace(id, 'it'));
}

describe('a replay', () => {
  test('of everything that is stored finds no difference, and gives the head of the chain', async () => {
    const { places, report } = await findings();
    expect(places).toEqual([]);
    expect(report).toMatchObject({ replayed: COUNT, linked: COUNT, waiting: 0, unrecorded: 0, findings: 0 });
    expect(report.head.position).toBe(COUNT);
  });

  test('checks a decision that gets its link while the replay runs', async () => {
    const id = await idAt(COUNT);
    await sql`create table late_link as select * from credit_analysis_chain where analysis_id = ${id}`;
    await sql`delete from credit_analysis_chain where analysis_id = ${id}`;
    await sql`update credit_analyses set approved = not approved where id = ${id}`;
    let linkCount = 0;
    const linking = new Proxy(sql, {
      apply(target, self, call: [TemplateStringsArray, ...unknown[]]) {
        const isOfUnlinked = call[0].raw?.join('').includes('order by a.created_at, a.id limit');
        if (!isOfUnlinked) return Reflect.apply(target, self, call);
        const linked = sql`insert into credit_analysis_chain select * from late_link on conflict do nothing`;
        return linked.then(({ count }) => {
          linkCount += count;
          return Reflect.apply(target, self, call);
        });
      },
    });
    const places: string[] = [];
    const report = await replayDecisions(linking, {}, ({ rowId, path }) => places.push(`${rowId} ${path}`));
    await sql`update credit_analyses set approved = not approved where id = ${id}`;
    await sql`drop table late_link`;
    expect(linkCount).toBe(1);
    expect(places).toEqual([`${id} /columns/approved`]);
    expect(report).toMatchObject({ replayed: COUNT, linked: COUNT, head: { position: COUNT } });
  });

  test('of the last ones begins with their links', async () => {
    const { places, report } = await findings({ last: 100 });
    expect(places).toEqual([]);
    expect(report).toMatchObject({ replayed: 100, head: { position: COUNT } });
    expect((await findings({ since: new Date(Date.now() + 60_000) })).report.replayed).toBe(0);
  });

  test('names the place where a stored record was changed', async () => {
    const set = (path: string, value: unknown) => (id: string) =>
      sql`
      update credit_analyses set record = jsonb_set(record, ${`{${path}}`}::text[], ${sql.json(value as never)})
      where id = ${id}`;
    expect(await findingsAfter(set('twin,prediction,risk_score', 0.001))).toContain('it /record_hash');
    expect(await findingsAfter(set('approved', 'yes'))).toContain('it /record/approved');
    expect(await findingsAfter(set('exposure,max', 20_000))).toContain('it /record/exposure/max');
    expect(await findingsAfter(set('trace_id', 'x'))).toEqual(['it /record_hash', 'it /columns/trace_id']);
  });

  test('counts a decision of a newer release, and takes it for no difference', async () => {
    const id = await idAt(700);
    const [row] = await sql<{ record: DecisionRecord }[]>`
      select record from credit_analyses where id = ${id}`;
    if (!row) throw new Error('no record');
    const { versions } = row.record;
    const of = async (next: object) => {
      await sql`update credit_analyses set record = ${sql.json(next as never)} where id = ${id}`;
      return findings();
    };
    const is_self_reported = !row.record.is_self_reported;
    const newer = { ...row.record, versions: { ...versions, edition: 1000 }, is_self_reported };
    const { places, report } = await of(newer);
    expect(places).toEqual([`${id} /record_hash`]);
    expect(report).toMatchObject({ replayed: COUNT - 1, newer: 1 });
    expect((await of(row.record)).report).toMatchObject({ replayed: COUNT, newer: 0 });
  });

  test('names a record that claims to have had no salt where each record has one', async () => {
    const forge = async (id: string) => {
      const [row] = await sql<{ record: DecisionRecord }[]>`
        select record from credit_analyses where id = ${id}`;
      const { record } = row ?? {};
      if (!record) throw new Error('no record');
      const forged = { ...eraseRecord(record), schema: 1, private_hash: '', unproven: true };
      await sql`
        update credit_analyses set user_id = null, trace_id = null, erased_at = now(),
          record = ${sql.json(forged)}
        where id = ${id}`;
    };
    expect(await findingsAfter(forge)).toContain('it /record/unproven');
    await sql`create table kept_chain as select * from credit_analysis_chain where position < 700`;
    await sql`update credit_analysis_chain set seal = null where position = 1`;
    expect(await findingsAfter(forge)).not.toContain('it /record/unproven');
    await sql`update credit_analysis_chain set linked_at = linked_at - interval '2 days' where position < 700`;
    expect(await findingsAfter(forge)).toContain('it /record/unproven');
    await sql`delete from credit_analysis_chain where position < 700`;
    await sql`insert into credit_analysis_chain select * from kept_chain`;
    await sql`drop table kept_chain`;
  });

  test('names the column of a row that does not repeat its record', async () => {
    expect(
      await findingsAfter((id) => sql`update credit_analyses set approved = not approved where id = ${id}`),
    ).toEqual(['it /columns/approved']);
    expect(
      await findingsAfter((id) => sql`update credit_analyses set risk_score = 0.5 where id = ${id}`),
    ).toEqual(['it /columns/risk_score']);
  });

  test("names a reason in words that are not the policy's, a moved time and an offer of somebody else", async () => {
    const [denied] = await sql<{ position: number }[]>`
      select position::int from credit_analysis_chain join credit_analyses on id = analysis_id
      where not approved limit 1`;
    const [approved] = await sql<{ position: number }[]>`
      select position::int from credit_analysis_chain join credit_analyses on id = analysis_id
      where approved limit 1`;
    expect(
      await findingsAfter(
        (id) =>
          sql`update credit_analyses set reasons = jsonb_set(reasons, '{0,message}', '"No."') where id = ${id}`,
        denied?.position,
      ),
    ).toEqual(['it /columns/reasons/0/message']);
    expect(
      await findingsAfter(
        (id) => sql`update credit_analyses set created_at = created_at - interval '2 hours' where id = ${id}`,
      ),
    ).toEqual(['it /chain/seal', 'it /columns/created_at']);
    const other = sql`select id from users where id <> (select user_id from credit_limits where id = offer.id) limit 1`;
    const [offer] = await sql<{ id: string; user_id: string }[]>`
      select id, user_id from credit_limits where id = ${await idAt(approved?.position ?? 0)}`;
    await sql`update credit_limits offer set user_id = (${other}) where id = ${offer?.id ?? ''}`;
    expect((await findings()).places).toEqual([`${offer?.id} /columns/offer_owner`]);
    await sql`update credit_limits set user_id = ${offer?.user_id ?? ''} where id = ${offer?.id ?? ''}`;
  });

  test('names a decision whose time or offer was changed a little, or the time of its link', async () => {
    const later = (table: string, column: string, key: string) => (id: string) =>
      sql`
        update ${sql(table)} set ${sql(column)} = ${sql(column)} + interval '1 microsecond'
        where ${sql(key)} = ${id}`;
    expect(await findingsAfter(later('credit_analyses', 'created_at', 'id'))).toEqual(['it /chain/seal']);
    expect(await findingsAfter(later('credit_analysis_chain', 'linked_at', 'analysis_id'))).toEqual([
      'it /chain/seal',
    ]);
    const seal = (id: string) => sql`update credit_analysis_chain set seal = null where analysis_id = ${id}`;
    expect(await findingsAfter(seal)).toEqual(['it /chain/link']);
  });

  test('names a decision of which any column was changed, in its row or in its link', async () => {
    const columns = await sql<{ table: string; column: string; type: string }[]>`
      select table_name as table, column_name as column, data_type as type from information_schema.columns
      where table_name in ('credit_analyses', 'credit_analysis_chain') order by 1, 2`;
    const other: Record<string, string> = {
      user_id: '(select id from users where id <> user_id limit 1)',
      offer_id: '(select id from credit_limits where id is distinct from offer_id limit 1)',
      policy_version: `'prudent-1'`,
    };
    const changed: Record<string, string> = {
      boolean: 'not $',
      uuid: 'gen_random_uuid()',
      text: `coalesce($, '') || 'x'`,
      jsonb: `'[{"code": "x"}]'::jsonb`,
      'timestamp with time zone': `coalesce($, '2026-01-01') + interval '1 microsecond'`,
    };
    const silent: string[] = [];
    for (const { table, column, type } of columns) {
      const key = table === 'credit_analyses' ? 'id' : 'analysis_id';
      const value = other[column] ?? (changed[type] ?? '$ + 1').replace('$', column);
      const id = await idAt(COUNT);
      await sql`create table kept as select * from credit_analyses where id = ${id}`;
      await sql`create table kept_link as select * from credit_analysis_chain where analysis_id = ${id}`;
      await sql.unsafe(`update ${table} set ${column} = ${value} where ${key} = '${id}'`);
      if ((await findings({ last: 50 })).places.length === 0) silent.push(`${table}.${column}`);
      await sql`delete from credit_analysis_chain where position >= ${COUNT}`;
      await sql`
        delete from credit_analyses a
        where not exists (select from credit_analysis_chain where analysis_id = a.id)`;
      await sql`insert into credit_analyses select * from kept`;
      await sql`insert into credit_analysis_chain select * from kept_link`;
      await sql`drop table kept, kept_link`;
    }
    expect(columns.length).toBeGreaterThan(25);
    expect(silent).toEqual([]);
    expect((await findings()).places).toEqual([]);
  }, 60_000);

  test('names a decision whose record was taken away with its hash and its link', async () => {
    const hide = async (id: string) => {
      await sql`delete from credit_analysis_chain where analysis_id = ${id}`;
      await sql`update credit_analyses set record = null, record_hash = null where id = ${id}`;
    };
    expect(await findingsAfter(hide, COUNT)).toContain('it /record_hash');
  });

  test('names a decision that was given another record with the right hash, by its link', async () => {
    const neighbor = await idAt(701);
    const places = await findingsAfter(
      (id) => sql`
        update credit_analyses set record = other.record, record_hash = other.record_hash
        from (select record, record_hash from credit_analyses where id = ${neighbor}) as other where id = ${id}`,
    );
    expect(places).toContain('it /chain/record_hash');
    expect(places).toContain('it /columns/id');
  });

  test('notices a decision that was deleted, with its link or without', async () => {
    expect(await findingsAfter((id) => sql`delete from credit_analyses where id = ${id}`)).toEqual(['it ']);
    const next = await idAt(701);
    const places = await findingsAfter(async (id) => {
      await sql`delete from credit_analysis_chain where analysis_id = ${id}`;
      await sql`delete from credit_analyses where id = ${id}`;
    });
    expect(places).toEqual([`${next} /chain/position`, `${next} /chain/link`]);
  });

  test('notices a decision whose link was taken away', async () => {
    expect(
      await findingsAfter((id) => sql`delete from credit_analysis_chain where analysis_id = ${id}`, COUNT),
    ).toEqual(['it /chain']);
  });

  test('counts decisions from before records were kept, and names one that was added without a record', async () => {
    const [added] = await sql<{ id: string }[]>`
      insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version, features,
        contributions, reasons)
      select gen_random_uuid(), id, false, 0.8, 'm', 'v0', '{}', '{}', '[]' from users limit 1 returning id`;
    const { places, report } = await findings();
    expect(places).toEqual([`${added?.id} /chain`, `${added?.id} /record_hash`, `${added?.id} /record`]);
    expect(report.unrecorded).toBe(0);
    await sql`insert into credit_analyses_unrecorded values (${added?.id ?? ''})`;
    const { places: none, report: counted } = await findings();
    expect(none).toEqual([]);
    expect(counted.unrecorded).toBe(1);
    await sql`update credit_analyses set record = '{}' where id = ${added?.id ?? ''}`;
    expect((await findings()).places).toContain(`${added?.id} /chain`);
    await sql`delete from credit_analyses where id = ${added?.id ?? ''}`;
  });

  test('names a decision that has waited for its link for over a minute, and one that was deleted before', async () => {
    const unlink = (seconds: number) => async (id: string) => {
      await sql`delete from credit_analysis_chain where analysis_id = ${id}`;
      await sql`
        update credit_analyses set created_at = now() - make_interval(secs => ${seconds}) where id = ${id}`;
      await sql`insert into credit_analyses_unlinked values (${id})`;
    };
    expect(await findingsAfter(unlink(61), COUNT)).toContain('it /chain');
    await sql`delete from credit_analyses_unlinked`;
    expect(await findingsAfter(unlink(1), COUNT)).not.toContain('it /chain');
    // The row is there, and the decision of another id is not.
    const lost = crypto.randomUUID();
    await sql`delete from credit_analyses_unlinked`;
    await sql`insert into credit_analyses_unlinked values (${lost})`;
    expect((await findings({ last: 1 })).places).toEqual([`${lost} `]);
    await sql`delete from credit_analyses_unlinked`;
  });

  test('sees by an earlier head that the end of the chain was cut off, or made anew', async () => {
    const { head } = (await findings()).report;
    expect((await findings({ last: 1, expectedHead: head })).places).toEqual([]);
    const start = { position: 0, link: '0'.repeat(64) };
    expect((await findings({ last: 1, expectedHead: start })).places).toEqual([]);
    const cut = async (id: string) => {
      await sql`delete from credit_analysis_chain where analysis_id = ${id}`;
      await sql`delete from credit_analyses where id = ${id}`;
    };
    const id = await idAt(COUNT);
    await sql`create table cut as select * from credit_analyses where id = ${id}`;
    await sql`create table cut_link as select * from credit_analysis_chain where analysis_id = ${id}`;
    await cut(id);
    expect((await findings()).places).toEqual([]);
    expect((await findings({ expectedHead: head })).places).toEqual([' /chain/head']);
    await sql`insert into credit_analyses select * from cut`;
    await sql`insert into credit_analysis_chain select * from cut_link`;
    await sql`drop table cut, cut_link`;
    const [other] = [{ ...head, link: 'f'.repeat(64) }];
    expect((await findings({ expectedHead: other })).places).toEqual([`${id} /chain/head`]);
  });

  test('of the last ones looks at what they were decided with, and not at older decisions', async () => {
    const old = (id: string) => sql`delete from credit_analysis_chain where analysis_id = ${id}`;
    const places: string[] = [];
    await findingsAfter(async (id) => {
      await old(id);
      const last = await findings({ last: 100 });
      places.push(...last.places);
    }, 700);
    expect(places).toEqual([]);
    const recent: string[] = [];
    await findingsAfter(async (id) => {
      await old(id);
      const last = await findings({ last: 100 });
      recent.push(...last.places.map((place) => place.replace(id, 'it')));
    }, COUNT - 50);
    expect(recent).toContain('it /chain');
  });

  test.each<[string, string]>([
    ['document', `jsonb_set(document, '{exposure_max}', '20000')`],
    ['hash', `repeat('f', 64)`],
    ['version', `'v9'`],
    ['state', `'retired'`],
    ['created_by', `'eve', proposed_by = 'ada'`],
    ['created_at', `created_at + interval '1 microsecond'`],
    ['proposed_by', `'eve'`],
    ['approved_by', `'eve'`],
  ])('names a policy whose %s was changed by hand', async (column, value) => {
    const named = column === 'document' ? 'hash' : column;
    expect(await policyFindingsAfter(column, value)).toContain(
      `/policies/${column === 'version' ? 'v9' : 'v1'}/${named}`,
    );
    expect((await findings({ last: 1 })).places).toEqual([]);
  });

  test.each([['{}'], ['null'], ['[]'], ['"x"'], ['{"rules":[null],"terms":[]}']])(
    'names a policy whose document is %s, which is none',
    async (document) => {
      expect(await policyFindingsAfter('document', `'${document}'`)).toContain('/policies/v1/document');
    },
  );

  async function policyFindingsAfter(column: string, value: string): Promise<string[]> {
    await sql`drop table if exists kept`;
    await sql`create table kept as select * from policies`;
    await sql.unsafe(`alter table policies disable trigger all; update policies set ${column} = ${value}`);
    const { places } = await findings({ last: 1 });
    await sql`delete from policies`;
    await sql.unsafe('insert into policies select * from kept; alter table policies enable trigger all');
    await sql`drop table kept`;
    return places.map((place) => place.trim());
  }
});
