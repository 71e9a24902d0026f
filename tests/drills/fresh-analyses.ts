import { eventually } from '../harness/engines.ts';
import type { Drill, Stage } from './drill.ts';
import { control } from './model.ts';
import type { Customer } from './customers.ts';

/** Longer than the first analysis of a customer takes to be one that is cached. */
const SETTLED_MS = 5500;
const CUSTOMERS = 10;
const TRIES = 300;
/** An analysis runs for as long as its model takes. */
const MODEL_MS = 80;

/** After facts are stored, no analysis uses older ones, in spite of any fault of Redis meanwhile. */
export const freshAnalyses: Drill = {
  name: 'fresh-analyses',
  summary: 'events are stored while analyses run, and Redis freezes and dies: no analysis is of older facts',
  events: 200,
  async run(stage) {
    const customers = stage.customers.slice(-CUSTOMERS);
    const load = stage.startLoad({ analyses: false });
    await load.done;
    await control(stage, { latencyMs: MODEL_MS });
    for (const customer of customers) await analyze(stage, customer);
    await Bun.sleep(SETTLED_MS);
    let stale = 0;
    let remaining = TRIES;
    const tries = customers.map(async (customer) => {
      for (; remaining > 0; remaining -= 1) if (await tryOnce(stage, customer)) stale += 1;
    });
    const over = Promise.all(tries).then(() => true);
    while (!(await Promise.race([over, Bun.sleep(300)]))) {
      if (stage.random.next() < 0.8) await stage.faults.freeze('redis', stage.random.integer(50, 400));
      else await stage.faults.kill('redis');
    }
    stage.claim('no analysis is of facts older than what was stored', stale === 0);
    return { tries: TRIES, stale };
  },
};

/** The id of the analysis that the customer gets, or null for a problem. */
async function analyze({ system }: Stage, customer: Customer): Promise<string | null> {
  const response = await fetch(`${system.url}/v1/users/${customer.id}/credit-analysis`, {
    method: 'POST',
    headers: { authorization: `Bearer ${customer.token}` },
  });
  const body = (await response.json()) as { analysis_id?: string };
  return response.status === 200 ? (body.analysis_id ?? null) : null;
}

/** Sends a transaction and waits until it is stored; how many are then, or null when it was refused. */
async function storeTransaction(stage: Stage, customer: Customer): Promise<number | null> {
  const before = await storedCount(stage, customer);
  const response = await fetch(`${stage.system.url}/v1/transactions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${customer.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ userId: customer.id, amount: 12.5 }),
  });
  if (response.status !== 202) return null;
  return eventually('the transaction is stored', async () => {
    const count = await storedCount(stage, customer);
    return count > before ? count : null;
  });
}

async function storedCount({ sql }: Stage, customer: Customer): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select coalesce(sum(transaction_count), 0)::int as count from transaction_daily_sums
    where user_id = ${customer.id}`;
  return row?.count ?? 0;
}

/** An event is stored while an analysis of those before it runs; true when the next analysis lacks it. */
async function tryOnce(stage: Stage, customer: Customer): Promise<boolean> {
  await storeTransaction(stage, customer);
  const running = analyze(stage, customer).catch(() => null);
  await Bun.sleep(stage.random.integer(0, MODEL_MS));
  const stored = await storeTransaction(stage, customer);
  await running;
  const analysisId = await analyze(stage, customer).catch(() => null);
  if (analysisId === null || stored === null) return false;
  const [record] = await stage.sql<{ analyzed: number }[]>`
    select (features->>'transaction_count_30d')::int as analyzed from credit_analyses where id = ${analysisId}`;
  return (record?.analyzed ?? 0) < stored;
}
