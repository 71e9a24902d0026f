import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { connectPostgres } from '../../../platform/data/connect-postgres.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';
import { createTestDatabase } from '../../../tests/harness/engines.ts';
import { storeDecisions } from '../../../tests/harness/stored-decisions.ts';
import { createChainVerification } from './verify-chain.ts';

/** Verifications of operators, over a chain in a database of its own. */
const COUNT = 60;
let sql: Sql;
beforeAll(async () => {
  sql = connectPostgres(await createTestDatabase(), { max: 4, name: 'test', connectSeconds: 5 });
  await storeDecisions(sql, COUNT);
});
afterAll(() => sql.end());

describe('verifications', () => {
  test('of one page at a time use the database, operators in turn; too many are refused at once', async () => {
    let atWork = 0;
    let atWorkMax = 0;
    const finished: string[] = [];
    const database = {
      query: async (statement: (sql: Sql) => unknown) => {
        atWork += 1;
        atWorkMax = Math.max(atWorkMax, atWork);
        return Promise.resolve(statement(sql)).finally(() => (atWork -= 1));
      },
    } as unknown as Database;
    const verify = createChainVerification(database);
    const page = (operator: string) =>
      verify(operator, 'acts', { after: 0, limit: 20 }).then(
        () => finished.push(operator),
        (error: { code: string; status: number }) =>
          finished.push(`${operator}: ${error.status} ${error.code}`),
      );
    await Promise.all([...Array.from({ length: 5 }, () => page('greedy')), page('greedy'), page('other')]);
    expect(atWorkMax).toBe(1);
    // The seventh takes the place of the newest page of the operator who waits with the most.
    expect(finished.filter((name) => name === 'greedy: 503 overloaded')).toHaveLength(2);
    expect(finished.filter((name) => !name.includes('503')).indexOf('other')).toBeLessThan(3);
  });

  test('go through a chain page by page, and name a changed row', async () => {
    const database = {
      query: async (statement: (sql: Sql) => unknown) => statement(sql),
    } as unknown as Database;
    const verify = createChainVerification(database);
    const [row] = await sql<{ id: string }[]>`
      update credit_analyses set risk_score = 1 - risk_score where id =
        (select analysis_id from credit_analysis_chain where position = 30) returning id`;
    const pages = [];
    for (let after: number | null = 0; after !== null; ) {
      const page = await verify('ada', 'decisions', { after, limit: 25 });
      pages.push(page);
      after = page.next_after;
    }
    expect(pages.map(({ checked }) => checked)).toEqual([25, 25, 10]);
    const faults = pages.flatMap((page) => page.faults);
    expect(faults.length).toBeGreaterThan(0);
    expect(new Set(faults.map(({ id }) => id))).toEqual(new Set([row?.id ?? '']));
  });
});
