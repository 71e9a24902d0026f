import { beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import postgres from 'postgres';
import type { Database } from '../../../platform/data/sql.ts';
import type { Policy } from '../../../underwriting/policy/build-policy.ts';
import { compilePolicy } from '../../../underwriting/policy/compile-policy.ts';
import shipped from '../../../underwriting/policies/v1.json';
import { createTestDatabase, eventually } from '../../../tests/harness/engines.ts';
import { activate, rollBack } from './activate.ts';
import { addDraft, approve, markTested, propose } from './change-state.ts';
import { activatePolicy } from './policy-store.ts';
import { selectPolicies, selectPolicyEvents } from '../../../platform/policies/policy-reads.ts';
import { countLockWaits } from '../../../tests/harness/lock-waits.ts';

/** The life of a policy, on a database of its own; the services are not needed for it. */
let sql: postgres.Sql;
const database: Pick<Database, 'query'> = { query: async (statement) => statement(sql) };

beforeAll(async () => {
  sql = postgres(await createTestDatabase(), { max: 8, onnotice: () => {} });
});

const documentOf = (version: string, jurisdictions = ['*'], more = {}) =>
  compilePolicy({ ...shipped, version, jurisdictions, ...more });

const keepTest = ({ version, hash }: Policy, note: string, figures: Record<string, unknown>) =>
  markTested(database, { version, hash, by: 'ada', note, figures });

const newVersion = (prefix: string) => `${prefix}-${crypto.randomUUID().slice(0, 8)}`;

/** Returns the version of a new policy that was approved as it should be. */
async function approvedPolicy(jurisdictions: string[], version = newVersion('p')): Promise<string> {
  const policy = documentOf(version, jurisdictions);
  await addDraft(database, policy, 'ada');
  await keepTest(policy, '0 flips', { flips: 0 });
  await propose(database, version, 'ada', 'why');
  await approve(database, version, 'grace', 'agreed');
  return version;
}

const activateFor = async (version: string, jurisdictions: string[] | null = null) =>
  (await activate(database, { version, jurisdictions, by: 'grace', note: null })).changes;

const orderRollback = (jurisdictions: string[] | null = null, version: string | null = null) =>
  rollBack(database, { version, jurisdictions, by: 'grace', note: 'too many flips' });

const rollBackFor = async (...what: Parameters<typeof orderRollback>) =>
  (await orderRollback(...what)).changes;

async function stateOf(version: string): Promise<string | undefined> {
  return (await selectPolicies(sql)).find((row) => row.version === version)?.state;
}

async function activeFor(jurisdiction: string): Promise<string | null> {
  const [row] = await sql`select version from policy_activations where jurisdiction = ${jurisdiction}`;
  return (row?.version as string | undefined) ?? null;
}

/** Settled failures as their codes. */
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );

describe('a policy goes its way step by step', () => {
  test('each step checks the one before, and is kept with its operator and its note', async () => {
    const version = newVersion('steps');
    const policy = documentOf(version);
    expect(await codeOf(propose(database, version, 'ada', 'why'))).toBe('policy_not_found');
    expect(await addDraft(database, policy, 'ada')).toMatchObject({ is_new: true });
    expect(await addDraft(database, policy, 'ada')).toMatchObject({ is_new: false });
    expect(await codeOf(propose(database, version, 'ada', 'why'))).toBe('wrong_policy_state');
    expect(await codeOf(approve(database, version, 'grace', 'agreed'))).toBe('wrong_policy_state');
    expect(await codeOf(activateFor(version))).toBe('wrong_policy_state');

    await keepTest(policy, '2 flips', { flips: 2 });
    expect(await stateOf(version)).toBe('tested');
    expect(await codeOf(activateFor(version))).toBe('wrong_policy_state');
    await propose(database, version, 'ada', 'fewer denials');
    expect(await codeOf(propose(database, version, 'ada', 'again'))).toBe('wrong_policy_state');
    expect(await codeOf(activateFor(version))).toBe('wrong_policy_state');
    await approve(database, version, 'grace', 'agreed');
    expect(await activateFor(version)).toEqual([{ jurisdiction: '*', version }]);
    expect(await activateFor(version)).toEqual([]);
    await keepTest(policy, 'again', {});
    expect(await stateOf(version)).toBe('active');

    const events = await selectPolicyEvents(sql, version);
    expect(events.map(({ act, actor, note }) => [act, actor, note])).toEqual([
      ['add', 'ada', null],
      ['test', 'ada', '2 flips'],
      ['propose', 'ada', 'fewer denials'],
      ['approve', 'grace', 'agreed'],
      ['activate', 'grace', null],
      ['test', 'ada', 'again'],
    ]);
    expect(events[1]?.details).toEqual({ flips: 2 });
  });

  test('a version never changes: neither by another document nor by SQL', async () => {
    const version = newVersion('fixed');
    await addDraft(database, documentOf(version), 'ada');
    const changed = documentOf(version, ['*'], { exposure_max: 9000 });
    expect(await codeOf(addDraft(database, changed, 'ada'))).toBe('policy_changed');
    expect(await codeOf(keepTest(changed, 'of another', {}))).toBe('policy_changed');
    const change = sql`update policies set document = '{"exposure_max": 1}' where version = ${version}`;
    expect(String(await change.catch((error: unknown) => error))).toContain('never changes');
  });

  test('the one who approves is not the one who proposed, in the statement and in the table', async () => {
    const version = newVersion('eyes');
    const policy = documentOf(version);
    await addDraft(database, policy, 'ada');
    await keepTest(policy, 'ok', {});
    await propose(database, version, 'ada', 'why');
    expect(await codeOf(approve(database, version, 'ada', 'mine'))).toBe('four_eyes');
    expect(await codeOf(approve(database, version, 'ADA', 'mine'))).toBe('four_eyes');
    const bySql = sql`update policies set state = 'approved', approved_by = 'Ada' where version = ${version}`;
    expect(await codeOf(bySql)).toBe('23514');
    const unproposed = newVersion('alone');
    await addDraft(database, documentOf(unproposed), 'ada');
    const alone = sql`update policies set state = 'approved', approved_by = 'ada' where version = ${unproposed}`;
    expect(await codeOf(alone)).toBe('23514');
    const unapproved = sql`insert into policy_activations values ('CH', ${version}, 'ada')`;
    expect(await codeOf(unapproved)).toBe('23514');
    expect(await stateOf(version)).toBe('proposed');
  });
});

describe('one policy is active for each jurisdiction', () => {
  test('the one before is retired when no jurisdiction names it any more', async () => {
    const first = await approvedPolicy(['AR', 'CL']);
    const second = await approvedPolicy(['AR', 'CL']);
    await activateFor(first);
    expect(await activateFor(second, ['AR'])).toEqual([{ jurisdiction: 'AR', version: second }]);
    expect([await stateOf(first), await stateOf(second)]).toEqual(['active', 'active']);
    await activateFor(second);
    expect([await stateOf(first), await stateOf(second)]).toEqual(['retired', 'active']);
    expect((await selectPolicyEvents(sql, first)).at(-1)?.act).toBe('retire');
    await activateFor(first);
    expect([await stateOf(first), await stateOf(second)]).toEqual(['active', 'retired']);
    expect(await codeOf(activateFor(first, ['PE']))).toBe('invalid_request');
  });

  test('of many activations at once one is left, and every state is that of the activations', async () => {
    const jurisdictions = ['KE', 'NG', 'ZA'];
    const versions = await Promise.all([1, 2, 3, 4].map(() => approvedPolicy(jurisdictions)));
    const subset = fc.subarray(jurisdictions, { minLength: 1 });
    const order = fc.array(fc.tuple(fc.constantFrom(...versions), subset), { minLength: 4, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(order, async (activations) => {
        await Promise.all(activations.map(([version, places]) => activateFor(version, places.toReversed())));
        const inUse = new Set(await Promise.all(jurisdictions.map(activeFor)));
        for (const version of versions) {
          const state = await stateOf(version);
          expect([version, state === 'active']).toEqual([version, inUse.has(version)]);
        }
      }),
      { numRuns: 30 },
    );
    for (const jurisdiction of jurisdictions) {
      const [last] = await sql`
        select version from policy_events where act = 'activate' and jurisdiction = ${jurisdiction}
        order by id desc limit 1`;
      expect(last?.version).toBe(await activeFor(jurisdiction));
    }
  }, 60_000);
});

describe('a rollback', () => {
  test('of a version takes back that one alone, however often it is made', async () => {
    const [first = '', second = '', third = ''] = await Promise.all(
      [1, 2, 3].map(() => approvedPolicy(['KR', 'SE'])),
    );
    await sql`delete from policy_activations where jurisdiction = '*'`;
    for (const version of [first, second, third]) await activateFor(version, ['KR']);
    await activateFor(first, ['SE']);
    expect(await rollBackFor(null, third)).toEqual([{ jurisdiction: 'KR', version: second }]);
    expect(await rollBackFor(null, third)).toEqual([]);
    expect(await rollBackFor(['KR'], third)).toEqual([]);
    expect(await activeFor('KR')).toBe(second);
    // Active elsewhere alone, where nothing was before it.
    expect(await rollBackFor(['KR'], first)).toEqual([]);
    expect(await codeOf(rollBackFor(null, first))).toBe('no_policy_before');
    expect(await codeOf(rollBackFor(null, newVersion('absent')))).toBe('policy_not_found');
    expect(await rollBackFor(['KR', 'SE'], second)).toEqual([{ jurisdiction: 'KR', version: first }]);
    expect(await activeFor('SE')).toBe(first);
  });

  test('of a version takes it back wherever it is active, so that made again it finds nothing', async () => {
    const [first = '', second = ''] = await Promise.all([1, 2].map(() => approvedPolicy(['PH', 'VN'])));
    await activateFor(first);
    // By two activations: a repeated rollback would find the other.
    for (const jurisdiction of ['PH', 'VN']) await activateFor(second, [jurisdiction]);
    const back = await Promise.all([1, 2, 3].map(() => rollBackFor(null, second)));
    expect(back.toSorted((a, b) => b.length - a.length)).toEqual([
      ['PH', 'VN'].map((jurisdiction) => ({ jurisdiction, version: first })),
      [],
      [],
    ]);
    await activateFor(second);
    expect(await rollBackFor(['PH'], second)).toEqual([{ jurisdiction: 'PH', version: first }]);
    // It is still active in VN, which was not meant.
    expect(await rollBackFor(['PH'], second)).toEqual([]);
    expect([await activeFor('PH'), await activeFor('VN')]).toEqual([first, second]);
  });

  test('of a version names the places where it stays, since no policy was active before', async () => {
    await sql`delete from policy_activations where jurisdiction = '*'`;
    const [first = '', second = ''] = await Promise.all([1, 2].map(() => approvedPolicy(['ID', 'TH'])));
    await activateFor(first, ['TH']);
    await activateFor(second);
    expect(await orderRollback(null, second)).toEqual({
      changes: [{ jurisdiction: 'TH', version: first }],
      jurisdictions: ['ID', 'TH'],
    });
    expect(await codeOf(rollBackFor(null, second))).toBe('no_policy_before');
  });

  test('goes back one activation at a time, never to a policy that was rolled back', async () => {
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => approvedPolicy(['JP'])));
    await sql`delete from policy_activations where jurisdiction = '*'`;
    for (const version of [first, second, third]) await activateFor(version ?? '');
    expect(await rollBackFor()).toEqual([{ jurisdiction: 'JP', version: second ?? '' }]);
    expect([await stateOf(third ?? ''), await stateOf(second ?? '')]).toEqual(['retired', 'active']);
    expect(await rollBackFor(['JP'])).toEqual([{ jurisdiction: 'JP', version: first ?? '' }]);
    // Before the first there was none, and no policy of `*` would decide in its place.
    expect(await codeOf(rollBackFor(['JP']))).toBe('no_policy_before');
    expect(await activeFor('JP')).toBe(first ?? '');
    await activateFor(third ?? '');
    expect(await rollBackFor(['JP'])).toEqual([{ jurisdiction: 'JP', version: first ?? '' }]);
  });

  test('gives a jurisdiction that had none back to the policy of every changed', async () => {
    await activateFor(await approvedPolicy(['*']));
    const special = await approvedPolicy(['MX', 'PE']);
    await activateFor(special);
    expect(await rollBackFor()).toEqual([
      { jurisdiction: 'MX', version: null },
      { jurisdiction: 'PE', version: null },
    ]);
    expect([await activeFor('MX'), await stateOf(special)]).toEqual([null, 'retired']);
  });

  test('happens once when two operators order it at once', async () => {
    const versions = await Promise.all([1, 2, 3].map(() => approvedPolicy(['IN'])));
    for (const version of versions) await activateFor(version);
    const results = await Promise.all([1, 2, 3, 4].map(() => codeOf(rollBackFor(['IN']))));
    const undoneCount = results.filter((result) => result === 'done').length;
    const undone = await sql`select undoes from policy_events where act = 'rollback' and jurisdiction = 'IN'`;
    expect(undone.length).toBe(undoneCount);
    expect(undoneCount).toBeGreaterThan(0);
    expect(await activeFor('IN')).toBe(versions[2 - undoneCount] ?? null);
  });

  test('takes back no activation of the same version that came while it waited', async () => {
    const [first = '', second = '', third = ''] = await Promise.all(
      [1, 2, 3].map(() => approvedPolicy(['NO'])),
    );
    await activateFor(first);
    await activateFor(second);
    const activateIn = (transaction: postgres.TransactionSql, version: string) =>
      activatePolicy(transaction as unknown as postgres.Sql, {
        version,
        jurisdictions: ['NO'],
        by: 'ada',
        note: null,
      });
    const rolledBack = await sql.begin(async (transaction) => {
      await activateIn(transaction, third);
      const rollingBack = codeOf(rollBackFor(['NO'], second));
      await eventually('it waits for the row', async () => (await countLockWaits(sql)) > 0);
      await activateIn(transaction, second);
      return { code: rollingBack };
    });
    expect(await rolledBack.code).toBe('wrong_policy_state');
    expect(await activeFor('NO')).toBe(second);
    // The way back is that of the last activation.
    expect(await rollBackFor(['NO'], second)).toEqual([{ jurisdiction: 'NO', version: third }]);
  });
});

describe('an activation in place of what its operator saw', () => {
  const activateSeeing = (version: string, jurisdiction: string, current: string | null) =>
    activate(database, {
      version,
      jurisdictions: null,
      by: 'grace',
      note: null,
      replaces: [{ jurisdiction, version: current }],
    });

  test('is refused where another policy is active by now, and changes nothing', async () => {
    const [first = '', second = '', third = ''] = await Promise.all(
      [1, 2, 3].map(() => approvedPolicy(['FI'])),
    );
    await activateSeeing(first, 'FI', null);
    await activateSeeing(second, 'FI', first);
    for (const current of [first, null]) {
      expect(await codeOf(activateSeeing(third, 'FI', current))).toBe('wrong_policy_state');
    }
    expect(await activeFor('FI')).toBe(second);
    // One that is active already stays so, whatever was seen.
    expect((await activateSeeing(second, 'FI', first)).changes).toEqual([]);
    await activateSeeing(third, 'FI', second);
    expect(await activeFor('FI')).toBe(third);
  });

  test('is refused everywhere where another policy is active in one of its jurisdictions', async () => {
    const both = ['EE', 'LT'];
    const [first = '', second = '', third = ''] = await Promise.all(
      [1, 2, 3].map(() => approvedPolicy(both)),
    );
    await activateFor(first);
    await activateFor(second, ['LT']);
    const activateBoth = (seen: Record<string, string>) =>
      activate(database, {
        version: third,
        jurisdictions: null,
        by: 'grace',
        note: null,
        replaces: Object.entries(seen).map(([jurisdiction, version]) => ({ jurisdiction, version })),
      });
    expect(await codeOf(activateBoth({ EE: first, LT: first }))).toBe('wrong_policy_state');
    expect(await Promise.all(both.map(activeFor))).toEqual([first, second]);
    expect((await activateBoth({ EE: first, LT: second })).changes).toHaveLength(2);
  });

  test('is refused where another comes while it waits for the row', async () => {
    const [first = '', second = '', third = ''] = await Promise.all(
      [1, 2, 3].map(() => approvedPolicy(['LV'])),
    );
    for (const current of [null, first]) {
      const [activated, late] = current === null ? [first, second] : [second, third];
      const { refusal } = await sql.begin(async (transaction) => {
        await activatePolicy(transaction as unknown as postgres.Sql, {
          version: activated,
          jurisdictions: ['LV'],
          by: 'ada',
          note: null,
        });
        const activation = codeOf(activateSeeing(late, 'LV', current));
        await eventually('it waits for the row', async () => (await countLockWaits(sql)) > 0);
        // Not the promise alone: the transaction would wait for it, and it for the transaction.
        return { refusal: activation };
      });
      expect(await refusal).toBe('wrong_policy_state');
      expect(await activeFor('LV')).toBe(activated);
    }
  });
});
