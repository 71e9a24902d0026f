import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { Writable } from 'node:stream';
import pino from 'pino';
import postgres from 'postgres';
import { activate, rollBack } from '../../back-office/policies/activate.ts';
import { addDraft, approve, markTested, propose } from '../../back-office/policies/change-state.ts';
import { type Database, openDatabase } from '../../../platform/data/sql.ts';
import { createLifecycle, type Lifecycle } from '../../../platform/kernel/lifecycle.ts';
import { compilePolicy } from '../../../underwriting/policy/compile-policy.ts';
import shipped from '../../../underwriting/policies/v1.json';
import { createTestDatabase, eventually } from '../../../tests/harness/engines.ts';
import { createTestRuntime, openTestCache, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { insertUser } from '../accounts/account-store.ts';
import { createAnalyzeCredit } from '../analysis/analyze-credit.ts';
import type { RiskModel } from '../analysis/risk-model.ts';
import { type ActivePolicies, openActivePolicies } from './active-policies.ts';

const runtime = createTestRuntime();
/** An activation is in use after this on every replica. */
const IN_USE_MS = 1000;
let databaseUrl: string;
let sql: postgres.Sql;
const statements: Pick<Database, 'query'> = { query: async (statement) => statement(sql) };
/** Of the replicas of a test. */
let lifecycle: Lifecycle;

beforeAll(async () => {
  databaseUrl = await createTestDatabase();
  sql = postgres(databaseUrl, { max: 2, onnotice: () => {} });
});
afterAll(() => sql.end());

/** Each test begins with the policy that ships. */
beforeEach(async () => {
  lifecycle = createLifecycle(runtime.log);
  await sql`truncate policies, policy_activations, policy_events`;
});

afterEach(() => lifecycle.stop());

/** A replica's view, over connections of its own; with the log lines of its policies. */
function openReplica({ listens = true } = {}): ActivePolicies & { lines: () => Record<string, unknown>[] } {
  const written: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, onWritten) => {
      written.push(...chunk.toString().trim().split('\n'));
      onWritten();
    },
  });
  const log = pino({ level: 'info' }, destination);
  const unreachable = new URL(databaseUrl);
  unreachable.port = '1';
  const database = openDatabase({
    url: databaseUrl,
    sessionUrl: listens ? databaseUrl : unreachable.href,
    name: 'test',
    poolSize: 2,
    log: runtime.log,
  });
  lifecycle.onClose('database', database.close);
  const policies = openActivePolicies({ database, lifecycle, log });
  return { ...policies, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

async function approvedPolicy(jurisdictions = ['*'], more: Record<string, unknown> = {}): Promise<string> {
  const version = `p-${crypto.randomUUID().slice(0, 8)}`;
  const policy = compilePolicy({ ...shipped, version, jurisdictions, ...more });
  await addDraft(statements, policy, 'ada');
  await markTested(statements, { version, hash: policy.hash, by: 'ada', note: 'ok', figures: {} });
  await propose(statements, version, 'ada', 'why');
  await approve(statements, version, 'grace', 'agreed');
  return version;
}

const activateNow = (version: string) =>
  activate(statements, { version, jurisdictions: null, by: 'grace', note: null });

const versionsOf = (replicas: ActivePolicies[], jurisdiction = 'US') =>
  replicas.map((replica) => replica.inUse(jurisdiction)?.version);

/** Waits until every replica decides by the policy; returns the milliseconds since `from`. */
async function untilInUse(replicas: ActivePolicies[], version: string, from: number): Promise<number> {
  await eventually(`${version} is in use`, () =>
    versionsOf(replicas).every((versionInUse) => versionInUse === version),
  );
  return performance.now() - from;
}

describe('an activation', () => {
  test.each([
    ['by a notification', true],
    ['by the poll, when no notification comes', false],
  ])(
    'and its rollback are in use by two replicas in under a second, %s',
    async (_name, listens) => {
      const replicas = [openReplica({ listens }), openReplica({ listens })];
      await Promise.all(replicas.map((replica) => replica.policyFor('US')));
      expect(versionsOf(replicas)).toEqual(['v1', 'v1']);
      const acts = await sql`select act, actor from policy_events order by id`;
      expect(acts.map(({ act, actor }) => `${act} by ${actor}`)).toEqual([
        'add by ecs',
        'add by ecs',
        'activate by ecs',
      ]);
      const version = await approvedPolicy();
      const tookMs: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        let from = performance.now();
        await activateNow(version);
        tookMs.push(await untilInUse(replicas, version, from));
        from = performance.now();
        await rollBack(statements, { jurisdictions: null, by: 'grace', note: 'too many flips' });
        tookMs.push(await untilInUse(replicas, 'v1', from));
      }
      // One that is slow is the machine's.
      expect(tookMs.toSorted((a, b) => a - b)[4]).toBeLessThan(IN_USE_MS);
    },
    30_000,
  );

  test('for a country decides there, that for every other elsewhere', async () => {
    const replica = openReplica();
    await replica.policyFor('US');
    const version = await approvedPolicy(['BR']);
    await activateNow(version);
    await eventually('it is in use', () => replica.inUse('BR')?.version === version);
    expect([replica.inUse('US')?.version, replica.inUse('unknown')?.version]).toEqual(['v1', 'v1']);
    expect(replica.list().map(({ jurisdiction, version }) => [jurisdiction, version])).toEqual([
      ['*', 'v1'],
      ['BR', version],
    ]);
    // Nor does a later one for every other take the country back.
    const later = await approvedPolicy(['*']);
    await activateNow(later);
    await eventually('it is in use', () => replica.inUse('US')?.version === later);
    expect(replica.inUse('BR')?.version).toBe(version);
  });

  test('of a row that is not the document of its hash leaves the policy before in use, and is logged once', async () => {
    const replica = openReplica();
    await replica.policyFor('US');
    const document = JSON.stringify({ ...shipped, version: 'broken' });
    await sql`
      insert into policies (version, document, hash, state, created_by, proposed_by, approved_by)
      values ('broken', ${document}::text::jsonb, ${'0'.repeat(64)}, 'approved', 'ada', 'ada', 'grace')`;
    await sql`insert into policy_activations values ('BR', 'broken', 'grace')`;
    await sql`update policy_activations set version = 'broken' where jurisdiction = '*'`;
    const errors = () => replica.lines().filter(({ msg }) => msg === 'policy cannot be used');
    await eventually('it is logged', () => errors().length >= 2);
    expect(replica.inUse('US')?.version).toBe('v1');
    // Nothing was in use for the country alone: to decide by the policy of every other would be a guess.
    expect(replica.inUse('BR')).toBe(null);
    await expect(replica.policyFor('BR')).rejects.toMatchObject({ code: 'policy_unavailable' });

    const version = await approvedPolicy(['CL']);
    await activateNow(version);
    await eventually('another one comes through', () => replica.inUse('CL')?.version === version);
    // One load sees both rows, or one each.
    const logged = errors().map(({ jurisdiction, inUse }) => `${String(jurisdiction)} ${String(inUse)}`);
    expect(logged.toSorted()).toEqual(['* v1', 'BR null']);
  });

  test('under load fails no analysis, and each decision is that of the version it names', async () => {
    const [first, second] = [openReplica(), openReplica({ listens: false })];
    await Promise.all([first.policyFor('US'), second.policyFor('US')]);
    // Other terms, so that a decision shows by which policy it was made.
    const fixedTerms = shipped.terms.map((band) => ({ ...band, credit_limit: '1234.0' }));
    const version = await approvedPolicy(['*'], { terms: fixedTerms });
    const database = await openTestDatabase(runtime, databaseUrl);
    const cache = await openTestCache(runtime);
    const analyzers = [first, second].map((policies) =>
      createAnalyzeCredit({ database, cache, policies, riskModel: MODEL }),
    );
    const isOver = { value: false };
    let analyses = 0;
    const customers = Array.from({ length: 8 }, async (_, index) => {
      while (!isOver.value) {
        const id = Bun.randomUUIDv7();
        await insertUser(database, { id, email: `${id}@example.com`, passwordHash: 'x' });
        const analysis = await analyzers[index % 2]?.(id, `trace-${id}`);
        expect(analysis?.approved).toBe(true);
        expect(analysis?.offer?.credit_limit).toBe(analysis?.policy_version === version ? 1234 : 8000);
        analyses += 1;
      }
    });
    const grows = async () => {
      const before = analyses;
      await eventually('more analyses', () => analyses > before + 10);
    };
    await grows();
    for (let round = 0; round < 3; round += 1) {
      await activateNow(version);
      await untilInUse([first, second], version, performance.now());
      await grows();
      await rollBack(statements, { jurisdictions: null, by: 'grace', note: 'a test' });
      await untilInUse([first, second], 'v1', performance.now());
      await grows();
    }
    isOver.value = true;
    await Promise.all(customers);
    const rows = await sql`
      select policy_version as version, policy_hash = hash as fits, count(*)::int as count
      from credit_analyses left join policies on policies.version = policy_version group by 1, 2 order by 1`;
    expect(rows.map(({ version, fits }) => [version, fits])).toEqual([
      [version, true],
      ['v1', true],
    ]);
    expect(rows.reduce((total, { count }) => total + count, 0)).toBe(analyses);
  }, 60_000);
});

const MODEL: RiskModel = {
  assess: async (vectors) =>
    vectors.map(() => ({ risk_score: 0.2, model_version: 'test-1', contributions: {} })),
  status: () => ({ state: 'closed', failures: 0, nextProbeAt: null }),
  close: async () => {},
};
