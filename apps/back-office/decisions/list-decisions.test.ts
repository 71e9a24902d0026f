import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { connectPostgres } from '../../../platform/data/connect-postgres.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';
import type { DecisionFilter, ListedDecision } from '../../../sdk/contracts/operator-decisions.ts';
import { createTestDatabase } from '../../../tests/harness/engines.ts';
import { storeDecisions } from '../../../tests/harness/stored-decisions.ts';
import { listDecisions } from './list-decisions.ts';

/** The list over decisions of a database of its own, beside the same filters in plain code. */
let sql: Sql;
let all: ListedDecision[];
const database = { query: async (statement: (sql: Sql) => unknown) => statement(sql) } as unknown as Database;

beforeAll(async () => {
  sql = connectPostgres(await createTestDatabase(), { max: 4, name: 'test', connectSeconds: 5 });
  await storeDecisions(sql, 800);
  await sql`
    insert into reviews (analysis_id, user_id, state, reason_code, note, decided_by, decided_at)
    select id, user_id, state, reason, reason, by, at from (
      select id, user_id, case when n % 2 = 0 then 'requested' else 'upheld' end as state,
        case when n % 2 = 1 then 'facts_confirmed' end as reason, case when n % 2 = 1 then 'ada' end as by,
        case when n % 2 = 1 then now() end as at
      from (select id, user_id, row_number() over (order by id) as n
        from credit_analyses where not approved limit 60) as denial) as review`;
  await sql`vacuum analyze credit_analyses`;
  all = await readAll({});
});
afterAll(() => sql.end());

async function readAll(filter: DecisionFilter, rowsMax?: number): Promise<ListedDecision[]> {
  const items: ListedDecision[] = [];
  let cursor: string | null = null;
  do {
    const asked: DecisionFilter = { ...filter, page_size: 100, ...(cursor === null ? {} : { cursor }) };
    const page = await listDecisions(database, asked, rowsMax);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return items;
}

function isMatch(line: ListedDecision, filter: DecisionFilter): boolean {
  const { outcome, reason, policy_version, jurisdiction, emotion_effect, limit_reduced, user_id } = filter;
  const { since, until, review } = filter;
  const state = review === 'open' ? 'requested' : review;
  return (
    (outcome === undefined || line.approved === (outcome === 'approved')) &&
    (reason === undefined || line.reasons.includes(reason)) &&
    (policy_version === undefined || line.policy_version === policy_version) &&
    (jurisdiction === undefined || line.jurisdiction === jurisdiction) &&
    (emotion_effect === undefined || line.emotion_effect === emotion_effect) &&
    (limit_reduced === undefined || (line.approved && line.reasons.length > 0)) &&
    (user_id === undefined || line.user_id === user_id) &&
    (since === undefined || line.created_at >= since) &&
    (until === undefined || line.created_at < until) &&
    (review === undefined || (review === 'any' ? line.review !== null : line.review === state))
  );
}

const anyOf = <T>(values: readonly T[]) => fc.constantFrom(...values);
/** So few at once that some decisions match. */
const FILTERS_MAX = 3;

describe('the list of decisions', () => {
  test('has every decision once, newest first', () => {
    expect(all).toHaveLength(800);
    expect(new Set(all.map(({ analysis_id }) => analysis_id)).size).toBe(800);
    const times = all.map(({ created_at }) => created_at);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  test('gives by any filters, over all pages and however few rows a page searches, those that match', async () => {
    const codes = [...new Set(all.flatMap(({ reasons }) => reasons))];
    const times = [all[100], all[400], all[700]].map((line) => line?.created_at ?? '');
    const filters = fc.record({
      outcome: anyOf(['approved', 'denied'] as const),
      reason: anyOf([...codes, 'no_such_code']),
      policy_version: anyOf(['v1', 'other']),
      jurisdiction: anyOf(['BR', 'DE', 'unknown', 'FR']),
      emotion_effect: anyOf(['off', 'help_only', 'full'] as const),
      limit_reduced: anyOf(['true'] as const),
      user_id: anyOf([all[3]?.user_id ?? '', all[500]?.user_id ?? '']),
      since: anyOf(times),
      until: anyOf(times),
      review: anyOf(['any', 'open', 'upheld', 'overridden', 'override'] as const),
    });
    const names = fc.subarray(
      'outcome reason policy_version jurisdiction emotion_effect limit_reduced user_id since until review'.split(
        ' ',
      ),
      { maxLength: FILTERS_MAX },
    );
    await fc.assert(
      fc.asyncProperty(filters, names, fc.constantFrom(7, 200, 4000), async (asked, chosen, rowsMax) => {
        const filter = Object.fromEntries(
          Object.entries(asked).filter(([name]) => chosen.includes(name)),
        ) as DecisionFilter;
        const ids = (lines: ListedDecision[]) => lines.map(({ analysis_id }) => analysis_id);
        expect(ids(await readAll(filter, rowsMax))).toEqual(ids(all.filter((line) => isMatch(line, filter))));
      }),
      { numRuns: 200 },
    );
  });

  test('says how far back it came where a bounded search filled no page', async () => {
    const page = await listDecisions(database, { reason: 'no_such_code', policy_version: 'v1' }, 50);
    expect(page).toEqual({ items: [], next_cursor: null, searched_back_to: null });
    const rare = await listDecisions(
      database,
      { policy_version: 'v1', outcome: 'approved', page_size: 100 },
      50,
    );
    expect(rare.next_cursor).toBe(all[49]?.analysis_id ?? '');
    expect(rare.searched_back_to).toBe(all[49]?.created_at ?? '');
  });

  test('refuses a cursor that is no decision', async () => {
    await expect(listDecisions(database, { cursor: crypto.randomUUID() })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});
