import { beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { insertUser } from '../../apps/credit/accounts/account-store.ts';
import { createAnalyzeCredit } from '../../apps/credit/analysis/analyze-credit.ts';
import { openActivePolicies } from '../../apps/credit/policies/active-policies.ts';
import { formatTable } from '../../cli/ui/output.ts';
import type { Database } from '../../platform/data/sql.ts';
import type { FeatureVector } from '../../underwriting/risk-model.ts';
import { MODEL_VERSION, score } from '../../underwriting/scorecard.ts';
import { createTestRuntime, openTestCache, openTestDatabase } from '../harness/runtime.ts';

/** Each query of docs/analyst-queries.md runs, and prints what the document shows below it. */
const DOCUMENT = join(import.meta.dir, '..', '..', 'docs', 'analyst-queries.md');
const TODAY = "(now() at time zone 'utc')::date";

const runtime = createTestRuntime();
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  const analyze = createAnalyzeCredit({
    database,
    cache: await openTestCache(runtime),
    policies: openActivePolicies({ database, lifecycle: runtime.lifecycle, log: runtime.log }),
    riskModel: {
      assess: async (vectors: FeatureVector[]) =>
        vectors.map((features) => ({ ...score(features), model_version: MODEL_VERSION })),
      status: () => ({ state: 'closed', failures: 0, nextProbeAt: null }),
      close: async () => {},
    },
  });
  const customers = [
    { jurisdiction: 'BR', purchases: 2, mood: { positivity: 0.1, stressful: 9 } },
    { jurisdiction: 'DE', purchases: 6, mood: { positivity: 0.75, stressful: 0 } },
    { jurisdiction: 'US', purchases: 6, mood: { positivity: 0.75, stressful: 0 } },
    { jurisdiction: 'BR', purchases: 40, mood: { positivity: 0.8, stressful: 0 } },
  ];
  for (const [index, customer] of customers.entries()) {
    const id = `0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8${'abcd'[index]}`;
    await insertUser(database, { id, email: `${index}@example.com`, passwordHash: 'x' });
    await storeFacts(id, customer);
    await analyze(id, 'trace');
  }
}, 60_000);

async function storeFacts(
  id: string,
  customer: { jurisdiction: string; purchases: number; mood: { positivity: number; stressful: number } },
) {
  const { jurisdiction, purchases, mood } = customer;
  await database.query((sql) => sql`update users set jurisdiction = ${jurisdiction} where id = ${id}`);
  await database.query(
    (sql) => sql`
      insert into transaction_daily_sums (user_id, summary_date, transaction_count, amount_sum)
      values (${id}, ${sql.unsafe(TODAY)}, ${purchases}, ${45 * purchases})`,
  );
  // Today for the decision; a week of November for the query that names it.
  for (const day of [
    TODAY,
    "date '2026-11-15'",
    "date '2026-11-16'",
    "date '2026-11-19'",
    "date '2026-11-23'",
  ]) {
    await database.query(
      (sql) => sql`
        insert into emotional_daily_sums (user_id, summary_date, event_count, positivity_sum, intensity_sum,
          stress_sum, stress_event_count, platform_event_count)
        values (${id}, ${sql.unsafe(day)}, 10, ${10 * mood.positivity}, 5, ${2 + 0.7 * mood.stressful},
          ${mood.stressful}, ${purchases > 6 ? 10 : 0})
        on conflict do nothing`,
    );
  }
}

const document = await Bun.file(DOCUMENT).text();
const queries = [...document.matchAll(/## (.+)\n[^]*?```sql\n([^]*?)```\n\n```text\n([^]*?)```/g)].map(
  ([, title = '', text = '', output = '']) => ({ title, text, output }),
);

test('the document has both queries', () => {
  expect(queries.map(({ title }) => title)).toEqual(['Customers of high risk', 'Emotions of a week']);
});

test.each(queries)('$title: the query prints what the document shows', async ({ text, output }) => {
  const rows = await database.query((sql) => sql.unsafe<Record<string, unknown>[]>(text));
  const printed = `${formatTable(rows, Object.keys(rows[0] ?? {})).join('\n')}\n`;
  expect(printed).toBe(output);
});
