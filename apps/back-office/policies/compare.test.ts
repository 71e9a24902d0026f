import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { connectPostgres } from '../../../platform/data/connect-postgres.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';
import { createTestDatabase } from '../../../tests/harness/engines.ts';
import { storeDecisions } from '../../../tests/harness/stored-decisions.ts';
import { SHIPPED } from '../../../underwriting/decision/test-records.ts';
import { compilePolicy } from '../../../underwriting/policy/compile-policy.ts';
import { score } from '../../../underwriting/scorecard.ts';
import { addDraft } from './change-state.ts';
import { compareModelsOf, comparePolicies } from './compare.ts';
import { createBacktests } from './run-backtests.ts';
import { publishableCohorts } from './publishable-cohorts.ts';

/** Policies and models beside each other, over decisions of a database of its own. */
let sql: Sql;
const database = { query: async (statement: (sql: Sql) => unknown) => statement(sql) } as unknown as Database;
const COUNT = 600;

beforeAll(async () => {
  sql = connectPostgres(await createTestDatabase(), { max: 4, name: 'test', connectSeconds: 5 });
  await storeDecisions(sql, COUNT);
  const strict = compilePolicy({
    ...SHIPPED.document,
    version: 'strict',
    rules: [
      ...SHIPPED.document.rules,
      { code: 'few_transactions', deny_when: 'features.transaction_count_30d < 12.0' },
    ],
  });
  await addDraft(database, strict, 'ada');
});
afterAll(() => sql.end());

describe('a backtest', () => {
  test('by the policy that decided differs nowhere', async () => {
    const report = await createBacktests(database).run('v1');
    expect(report).toMatchObject({ decisions: COUNT, replayed: COUNT, differences: 0, is_complete: true });
    expect(report.hash).toBe(SHIPPED.hash);
  });

  test('by a planted threshold flips exactly the approvals below it', async () => {
    const { flips } = await createBacktests(database).run('strict');
    const [row] = await sql<{ count: number }[]>`
      select count(*)::int as count from credit_analyses
      where approved and (features->>'transaction_count_30d')::int < 12`;
    expect(row?.count).toBeGreaterThan(5);
    expect(flips).toEqual({ to_approved: 0, to_denied: row?.count ?? -1 });
  });

  test('tells of no cohort of fewer than 20 customers', async () => {
    const { cohorts, cohorts_withheld: withheld } = await createBacktests(database).run('v1', 60);
    expect(withheld).toBeGreaterThan(0);
    expect(cohorts.filter(({ customers }) => customers < 20)).toEqual([]);
  });

  test('runs once at a time, and of a policy that is there', async () => {
    const { run, open } = createBacktests(database);
    const { close } = await open('v1');
    const rejection = await run('v1').catch((error: unknown) => error);
    expect(rejection).toMatchObject({ code: 'overloaded', retryAfterSeconds: 120 });
    expect((rejection as Error).message).toContain('Another backtest is under way: one runs at a time');
    // Beside another, too.
    await expect(run('no-such')).rejects.toMatchObject({ code: 'policy_not_found' });
    await expect(open('no-such')).rejects.toMatchObject({ code: 'policy_not_found' });
    close();
    for (let count = 0; count < 2; count += 1) expect((await run('v1')).decisions).toBeGreaterThan(0);
    (await open('v1')).close();
  });

  test('that is followed waits for its turn and says so; a few may wait', async () => {
    const { open } = createBacktests(database);
    const { signal } = new AbortController();
    const places = [await open('v1'), await open('v1'), await open('v1'), await open('strict')];
    const [first, second, third, last] = places.map((place) => ({ ...place, events: place.events(signal) }));
    await expect(open('v1')).rejects.toMatchObject({
      code: 'overloaded',
      message: expect.stringContaining('and 3 wait'),
    });
    const eventOf = async (place: typeof first) => (await place?.events.next())?.value;
    expect(await eventOf(last)).toBe('event: waiting\ndata: {"before":3}\n\n');
    expect(await eventOf(first)).toStartWith('event: progress');
    // One that gives up before its turn, and one that is over.
    second?.close();
    expect(await eventOf(last)).toBe('event: waiting\ndata: {"before":2}\n\n');
    first?.close();
    third?.close();
    expect(await eventOf(last)).toStartWith('event: progress');
    last?.close();
    (await open('v1')).close();
  });

  test('shows its progress, of so many as there are, and ends with the report of any other', async () => {
    const { run, open } = createBacktests(database);
    const { events, close } = await open('strict', 1_000_000);
    const texts = await Array.fromAsync(events(new AbortController().signal));
    close();
    const [names, data] = [
      texts.map((text) => /^event: (\w+)/.exec(text)?.[1]),
      texts.map((text) => JSON.parse(text.slice(text.indexOf('data: ') + 6))),
    ];
    expect(names.at(-1)).toBe('report');
    expect(new Set(names.slice(0, -1))).toEqual(new Set(['progress']));
    expect(data[0]).toEqual({ decisions: 0, of: COUNT });
    expect(data.at(-1)).toEqual(await run('strict', 20_000));
  });

  test('that nobody follows any more ends', async () => {
    const { open } = createBacktests(database);
    const ending = new AbortController();
    const { events, close } = await open('v1');
    const stream = events(ending.signal);
    expect((await stream.next()).value).toStartWith('event: progress');
    const waiting = await open('v1');
    const streamOfWaiting = waiting.events(ending.signal);
    expect((await streamOfWaiting.next()).value).toStartWith('event: waiting');
    ending.abort();
    expect(await stream.next()).toEqual({ value: undefined, done: true });
    expect(await streamOfWaiting.next()).toEqual({ value: undefined, done: true });
    waiting.close();
    close();
  });
});

test('parts that are withheld are of 20 customers together, or there are none', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ customers: fc.integer({ min: 1, max: 60 }) })), (parts) => {
      const published = publishableCohorts(parts);
      const withheld = parts.filter((part) => !published.includes(part));
      expect(published.every(({ customers }) => customers >= 20)).toBe(true);
      const hasLarge = parts.some(({ customers }) => customers >= 20);
      if (withheld.length > 0 && hasLarge) {
        expect(withheld.some(({ customers }) => customers >= 20)).toBe(true);
      }
    }),
  );
});

test('the difference of two policies names each place, and none of a policy and itself', async () => {
  expect((await comparePolicies(database, { from: 'v1', to: 'v1' })).differences).toEqual([]);
  const { differences } = await comparePolicies(database, { from: 'v1', to: 'strict' });
  expect(await comparePolicies(database, { from: undefined, to: 'strict' })).toEqual({
    from: 'v1',
    to: 'strict',
    differences,
  });
  expect(differences).toContainEqual({ place: '/version', before: 'v1', after: 'strict' });
  expect(differences.map(({ place }) => place)).toContain(
    `/rules/${SHIPPED.document.rules.length}/deny_when`,
  );
});

describe('champion and challenger', () => {
  test('are compared without a challenger as well', async () => {
    expect(await compareModelsOf(database, {})).toMatchObject({
      champion: 'scorecard-1',
      challenger: null,
      challengers: [],
      pairs: 0,
    });
  });

  test('that say the same agree, in cells of 20 customers or more', async () => {
    const rows = await sql<{ id: string; record: { twin: object; full: object | null } }[]>`
      select id, record from credit_analyses`;
    for (const { id, record } of rows) {
      const predictionOf = (assessment: object | null) => {
        const { features } = (assessment ?? {}) as { features?: Parameters<typeof score>[0] };
        return features ? { ...score(features), model_version: 'twin-of-it' } : null;
      };
      await sql`
        insert into challenger_predictions (analysis_id, model, twin, "full", latency_ms)
        values (${id}, 'twin-of-it', ${sql.json(predictionOf(record.twin))},
          ${record.full ? sql.json(predictionOf(record.full)) : null}, 3)`;
    }
    const report = await compareModelsOf(database, { last: 1000 });
    expect(report).toMatchObject({ challenger: 'twin-of-it', challengers: ['twin-of-it'], agreement: 1 });
    expect(report.pairs).toBe(COUNT);
    expect(report.psi.score).toBe(0);
    expect(report.scores.length).toBeGreaterThan(2);
    expect(report.scores.filter(({ customers }) => customers < 20)).toEqual([]);
    expect(report.scores.filter(({ champion, challenger }) => champion !== challenger)).toEqual([]);
  });
});
