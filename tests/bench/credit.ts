import { connect } from 'nats';
import postgres from 'postgres';
import { readNatsUrl } from '../../platform/addresses/nats.ts';
import type { FeatureVector } from '../../underwriting/risk-model.ts';
import { SETTLE_SECONDS } from '../../apps/credit/analysis/analysis-store.ts';
import { createDecideCredit } from '../../apps/credit/analysis/decide-credit.ts';
import { SHIPPED_POLICIES } from '../../apps/credit/policies/active-policies.ts';
import { createLog } from '../../platform/kernel/log.ts';
import { openDatabase } from '../../platform/data/sql.ts';
import { createOffers, createCustomers, type Customer } from '../drills/customers.ts';
import { createRandom } from '../drills/random.ts';
import { type Bench, type BenchStage, type Measured, median, quantile } from './bench.ts';
import { rawRequest, runGenerator } from './generator.ts';
import { bareServer, perSecond } from './ingestion.ts';

/** Analyses, and an acceptance on its way to an active limit. */
const CONNECTIONS = 16;
const FRESH_PER_SECOND = 400;
const ACCEPTS_PER_SECOND = 100;
const COMMITS = 200;

export const CREDIT: Bench[] = [
  {
    name: 'analysis-cached',
    unit: 'analyses/s',
    split: false,
    against: 'a bare Elysia server, requests/s',
    ours: cachedAnalyses,
    limit: (stage) => bareServer(stage, CONNECTIONS),
  },
  {
    name: 'analysis-fresh',
    unit: 'analyses/s',
    split: false,
    against: 'its two statements straight against PostgreSQL, analyses/s',
    ours: freshAnalyses,
    limit: straightAnalyses,
  },
  {
    name: 'accept-to-active',
    unit: 'ms (p50)',
    split: false,
    against: 'one commit and one PubAck, ms',
    ours: acceptToActive,
    limit: commitAndPubAck,
  },
];

const analysisOf = ({ id, token }: Customer) =>
  rawRequest(`/v1/users/${id}/credit-analysis`, { authorization: `Bearer ${token}` });

/** New customers, each with thirty days of sums. */
async function customersWithFacts(stage: BenchStage, count: number): Promise<Customer[]> {
  const { sql, system } = stage;
  const customers = await createCustomers(
    system,
    sql,
    createRandom(Math.floor(Math.random() * 2 ** 31)),
    count,
  );
  const ids = customers.map(({ id }) => id);
  await sql`
    insert into emotional_daily_sums
      (user_id, summary_date, event_count, positivity_sum, intensity_sum, stress_sum, stress_event_count)
    select id::uuid, (now() at time zone 'utc')::date - day, 10, 6, 5, 3, 1
    from unnest(${ids}::text[]) as id, generate_series(0, 29) as day`;
  await sql`
    insert into transaction_daily_sums (user_id, summary_date, transaction_count, amount_sum)
    select id::uuid, (now() at time zone 'utc')::date - day, 3, 120
    from unnest(${ids}::text[]) as id, generate_series(0, 29) as day`;
  await sql`analyze emotional_daily_sums, transaction_daily_sums, users`;
  return customers;
}

export async function freshAnalyses(stage: BenchStage): Promise<Measured> {
  const customers = await customersWithFacts(stage, FRESH_PER_SECOND * stage.seconds);
  const result = await runGenerator({
    port: stage.port,
    connections: CONNECTIONS,
    seconds: 60,
    requests: customers.map(analysisOf),
    once: true,
  });
  return { ...result, value: perSecond(result, '200'), count: result.statuses['200'] ?? 0 };
}

/** The statements of an analysis and its rules, as many at a time, without HTTP and the model around them. */
async function straightAnalyses(stage: BenchStage): Promise<number> {
  const customers = await customersWithFacts(stage, FRESH_PER_SECOND * stage.seconds);
  const count = customers.length;
  const log = createLog({ name: 'bench', level: 'silent' });
  const url = stage.system.databaseUrl;
  const database = openDatabase({ url, name: 'bench', poolSize: 10, plansOnce: true, log });
  const [policy] = SHIPPED_POLICIES;
  if (!policy) throw new Error('no policy');
  const decideCredit = createDecideCredit({
    database,
    readFacts: (userIds, read) => read(database, userIds),
    policies: { inUse: () => policy, policyFor: async () => policy, list: () => [] },
    riskModel: {
      assess: async (vectors: FeatureVector[]) =>
        vectors.map(() => ({ risk_score: 0.3, model_version: 'bench', contributions: {} })),
      status: () => ({ state: 'closed', failures: 0, nextProbeAt: null }),
      close: async () => {},
    },
    defaultJurisdiction: null,
  });
  const analyze = async (userId: string): Promise<void> => {
    const decided = await decideCredit(userId, 'bench');
    if (typeof decided === 'string') throw new Error('nothing was decided');
  };
  const startedMs = performance.now();
  const lane = async (): Promise<void> => {
    for (let customer = customers.pop(); customer; customer = customers.pop()) await analyze(customer.id);
  };
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, lane));
    return count / ((performance.now() - startedMs) / 1000);
  } finally {
    await database.close();
  }
}

async function cachedAnalyses(stage: BenchStage): Promise<Measured> {
  const { port, seconds } = stage;
  const requests = stage.customers.slice(0, 50).map(analysisOf);
  // A customer's first analysis is cached when it is asked for again some seconds later.
  for (const pauseSeconds of [SETTLE_SECONDS, 0]) {
    await runGenerator({ port, connections: 4, seconds: 30, requests, once: true });
    await Bun.sleep(pauseSeconds * 1000);
  }
  const result = await runGenerator({ port, connections: CONNECTIONS, seconds, requests });
  return { ...result, value: perSecond(result, '200'), count: result.statuses['200'] ?? 0 };
}

/** From the 202 to the moment that the limit is active, at a steady rate. */
async function acceptToActive(stage: BenchStage): Promise<Measured> {
  const { sql, system, seconds } = stage;
  const random = createRandom(Math.floor(Math.random() * 2 ** 31));
  const customers = await createCustomers(system, sql, random, ACCEPTS_PER_SECOND * seconds);
  const offers = await createOffers(sql, random, customers);
  const answeredMs = new Map<string, number>();
  const accept = async (offerId: string, { token }: Customer): Promise<void> => {
    const headers = { authorization: `Bearer ${token}` };
    const url = `${system.url}/v1/credit-offers/${offerId}/accept`;
    const response = await fetch(url, { method: 'POST', headers });
    if (response.status !== 202) throw new Error(`accept returned ${response.status}`);
    answeredMs.set(offerId, performance.timeOrigin + performance.now());
  };
  const accepting: Promise<void>[] = [];
  for (const [offerId, customer] of offers) {
    accepting.push(accept(offerId, customer));
    await Bun.sleep(1000 / ACCEPTS_PER_SECOND);
  }
  await Promise.all(accepting);
  const ids = [...offers.keys()];
  const active = () =>
    sql<{ id: string; activeMs: number }[]>`
      select id, (extract(epoch from updated_at) * 1000)::float8 as "activeMs" from credit_limits
      where id = any(${ids}::uuid[]) and status = 'active'`;
  let rows = await active();
  for (; rows.length < ids.length; rows = await active()) await Bun.sleep(50);
  // A limit can be active before its customer has read the response.
  const waits = rows.map(({ id, activeMs }) => Math.max(0, activeMs - (answeredMs.get(id) ?? 0)));
  const p50Ms = median(waits);
  return { value: p50Ms, p50Ms, p99Ms: quantile(waits, 0.99), count: waits.length };
}

/** The lower bound of an acceptance: one commit and one PubAck, in sequence. Median, in ms. */
async function commitAndPubAck({ system }: BenchStage): Promise<number> {
  const sql = postgres(system.databaseUrl, { max: 1, onnotice: () => {} });
  const connection = await connect(readNatsUrl(system.natsUrl));
  const waits: number[] = [];
  try {
    const js = connection.jetstream();
    const jsm = await connection.jetstreamManager();
    await jsm.streams.add({ name: 'bench', subjects: ['bench'] });
    await sql`create table if not exists bench_commits (id bigserial primary key)`;
    for (let turn = 0; turn < COMMITS; turn += 1) {
      const startedMs = performance.now();
      await sql`insert into bench_commits default values`;
      await js.publish('bench', 'x');
      waits.push(performance.now() - startedMs);
    }
    await jsm.streams.delete('bench');
  } finally {
    await connection.close();
    await sql.end();
  }
  return median(waits);
}
