import { beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createTestDatabase, eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import type { Database } from '../data/sql.ts';
import { createLifecycle } from '../kernel/lifecycle.ts';
import { ACT_CHAIN } from './act-chain.ts';
import { type ActRow, hashOfAct, privateHashOfAct } from './act-hash.ts';
import { actColumns } from './act-store.ts';
import { appendAct } from './append-act.ts';
import { startChain } from './start-chain.ts';

const runtime = createTestRuntime();
let url: string;
let database: Database;

beforeAll(async () => {
  url = await createTestDatabase();
  database = await openTestDatabase(runtime, url);
});

const actsOf = (subject: string) =>
  database.query(
    (sql) => sql<ActRow[]>`
      select ${actColumns(sql)} from audit_log act where subject_id = ${subject} order by created_at, act, id`,
  );

test('an act is written by the statement that does it: both are there, or neither', async () => {
  const name = `p-${crypto.randomUUID()}`;
  const add = (version: string) =>
    database.query(
      (sql) => sql`
        with added as (
          insert into policies (version, document, hash, created_by) values (${version}, '{}', 'x', 'ada')
          returning version, created_by
        )
        ${appendAct(
          sql,
          {
            actor: { kind: 'operator', name: sql`created_by` },
            act: 'webhook.add',
            subject: { kind: 'policy', id: sql`version` },
            reason: 'because',
            details: { numbered: 7.5, nothing: null },
          },
          sql`added`,
        )}`,
    );
  await add(name);
  await expect(add(name)).rejects.toMatchObject({ code: '23505' });
  const acts = (await actsOf(name)).filter(({ act }) => act === 'webhook.add');
  expect(acts).toMatchObject([
    { actor_kind: 'operator', actor: 'ada', reason: 'because', details: { numbered: 7.5, nothing: null } },
  ]);
});

test('the hash of an act is that of its canonical JSON, whatever its texts; its reason is salted', async () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !value.includes('\u0000'));
  const money = fc.integer({ min: -1e11, max: 1e11 }).map((cents) => cents / 100);
  const name = fc.stringMatching(/^[a-zA-Z0-9_]{1,12}$/);
  const value = fc.oneof(text, money, fc.boolean(), fc.constant(null));
  const details = fc.dictionary(name, fc.oneof(value, fc.array(value), fc.dictionary(name, value)));
  const subject = crypto.randomUUID();
  const samples = fc.sample(fc.tuple(text, details, fc.option(fc.uuid())), 300);
  for (const [reason, values, customerId] of samples) {
    await database.query((sql) =>
      appendAct(sql, {
        actor: { kind: 'system', name: reason },
        act: 'partner.add',
        subject: { kind: 'test', id: subject },
        customerId,
        reason,
        details: values as Record<string, string>,
      }),
    );
  }
  const acts = await actsOf(subject);
  expect(acts).toHaveLength(samples.length);
  for (const act of acts) {
    expect(act.record_hash).toBe(hashOfAct(act));
    expect(act.private_hash).toBe(privateHashOfAct(act) ?? '');
  }
  // Two acts with the same reason of nobody have different hashes: it cannot be guessed.
  expect(new Set(acts.map((act) => act.private_hash)).size).toBe(acts.length);
});

test('nobody chooses the time or the hashes of an act', async () => {
  const subject = crypto.randomUUID();
  await database.query(
    (sql) => sql`
      insert into audit_log (created_at, actor_kind, actor, act, subject_kind, subject_id, salt, private_hash,
        record_hash, erased_by)
      values ('2000-01-01', 'operator', 'eve', 'test.forge', 'test', ${subject}, ${subject}, 'x', 'x', ${subject})`,
  );
  const [act] = await actsOf(subject);
  expect(Date.parse(act?.created_at ?? '')).toBeGreaterThan(Date.now() - 60_000);
  expect(act?.record_hash).toBe(act && hashOfAct(act));
  expect(act?.erased_by).toBeNull();
});

test('each step of a policy, and each change of an account, is an act without any password', async () => {
  const name = `o${Date.now()}`;
  await database.query(
    (sql) => sql`
      with added as (insert into policies (version, document, hash, created_by) values (${name}, '{}', 'x', 'ada'))
      insert into policy_events (version, act, actor, note) values (${name}, 'add', 'ada', 'mine')`,
  );
  expect(await actsOf(name)).toMatchObject([
    { actor_kind: 'operator', actor: 'ada', act: 'policy.add', subject_kind: 'policy', reason: 'mine' },
  ]);
  const account = `${name}-x`;
  await database.query(
    (sql) => sql`
      insert into operators (name, password_hash, roles, created_by) values (${account}, 'secret1', '{risk}', 'x')`,
  );
  for (const change of ["roles = '{viewer}'", "password_hash = 'secret2'"]) {
    await database.query((sql) => sql.unsafe(`update operators set ${change} where name = '${account}'`));
  }
  await database.query(
    (sql) => sql`update operators set disabled_by = 'x', disabled_at = now() where name = ${account}`,
  );
  const acts = await actsOf(account);
  expect(acts.map(({ act }) => act)).toEqual([
    'operator.add',
    'operator.change_roles',
    'operator.change_password',
    'operator.disable',
  ]);
  expect(acts.every(({ actor_kind, actor }) => actor_kind === 'database' && actor === 'ecsuser')).toBe(true);
  expect(JSON.stringify(acts)).not.toContain('secret');
});

test('two replicas at once never fork the chain of acts', async () => {
  const lifecycle = createLifecycle(runtime.log);
  runtime.lifecycle.onDrain('chain', lifecycle.stop);
  const replicas = [database, await openTestDatabase(runtime, url)];
  const gauge = runtime.metrics.actsUnlinked;
  for (const replica of replicas) {
    startChain(ACT_CHAIN, { ...runtime, gauge, database: replica, lifecycle, everyMs: 1 });
  }
  for (let index = 0; index < 100; index += 1) {
    await database.query((sql) =>
      appendAct(sql, {
        actor: { kind: 'system', name: 'test' },
        act: 'partner.change',
        subject: { kind: 'test', id: null },
      }),
    );
  }
  const rows = await eventually('all are linked', async () => {
    const linked = await database.query(
      (sql) => sql<{ position: number; link: string; is_right: boolean }[]>`
        select chain.position::int, chain.link, chain.record_hash = act.record_hash
          and chain.link = encode(sha256(convert_to(coalesce(before.link, repeat('0', 64)) || chain.record_hash,
            'UTF8')), 'hex') as is_right
        from audit_chain chain join audit_log act on act.id = act_id
        left join audit_chain before on before.position = chain.position - 1 order by chain.position`,
    );
    const [total] = await database.query(
      (sql) => sql<{ count: number }[]>`select count(*)::int as count from audit_log`,
    );
    return linked.length === total?.count && linked;
  });
  await lifecycle.stop();
  expect(rows.length).toBeGreaterThanOrEqual(100);
  expect(rows.map(({ position }) => position)).toEqual(rows.map((_, index) => index + 1));
  expect(rows.every(({ is_right }) => is_right)).toBe(true);
}, 30_000);
