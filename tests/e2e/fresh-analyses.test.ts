import { afterAll, beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createAcceptOffer } from '../../apps/credit/offers/accept-offer.ts';
import { openActivePolicies } from '../../apps/credit/policies/active-policies.ts';
import { createAnalyzeCredit } from '../../apps/credit/analysis/analyze-credit.ts';
import { insertUser } from '../../apps/credit/accounts/account-store.ts';
import { createRecordEmotions } from '../../apps/emotion-processing/record-emotions.ts';
import { createRecordTransactions } from '../../apps/transaction-processing/record-transactions.ts';
import type { FeatureVector } from '../../underwriting/risk-model.ts';
import type { Database } from '../../platform/data/sql.ts';
import { startEngine } from '../harness/engines.ts';
import { freeze } from '../harness/freeze.ts';
import { createTestRuntime, openTestCache, openTestDatabase } from '../harness/runtime.ts';
import { casesOf } from '../harness/tier.ts';

// needs: redis

/**
 * No analysis is of facts older than those stored when it was asked for: two replicas, both workers, and a
 * Redis that freezes now and then. `INTERLEAVINGS=10000 npm test -- tests/e2e/fresh-analyses` tries more.
 */
const INTERLEAVINGS = casesOf('INTERLEAVINGS', { quick: 500, slow: 1000 });
const LANES = 20;

const runtime = createTestRuntime();
const stopping = new AbortController();
let database: Database;
let replicas: ReturnType<typeof createAnalyzeCredit>[];
let acceptOffer: ReturnType<typeof createAcceptOffer>;
let recordEmotions: ReturnType<typeof createRecordEmotions>;
let recordTransactions: ReturnType<typeof createRecordTransactions>;
let freezing: Promise<void>;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  const redis = await startEngine('redis');
  const riskModel = {
    assess: async (vectors: FeatureVector[]) => {
      await Bun.sleep(Math.random() * 5);
      return vectors.map(() => ({ risk_score: 0.3, model_version: 'test', contributions: {} }));
    },
    status: () => ({ state: 'closed' as const, failures: 0, nextProbeAt: null }),
    close: async () => {},
  };
  const openReplica = async () =>
    createAnalyzeCredit({
      database,
      cache: await openTestCache(runtime, redis.url),
      policies: openActivePolicies({ database, lifecycle: runtime.lifecycle, log: runtime.log }),
      riskModel,
    });
  replicas = [await openReplica(), await openReplica()];
  acceptOffer = createAcceptOffer({ database });
  recordEmotions = createRecordEmotions({ database });
  recordTransactions = createRecordTransactions({ database });
  freezing = (async () => {
    for (let pauseMs = 500; !stopping.signal.aborted; pauseMs = 1500) {
      await Bun.sleep(pauseMs);
      freeze(redis.pid);
      await Bun.sleep(300);
      process.kill(redis.pid, 'SIGCONT');
    }
  })();
});

afterAll(async () => {
  stopping.abort();
  await freezing;
});

const step = fc.record({
  act: fc.constantFrom('analyze', 'analyze', 'analyze', 'emotion', 'transaction', 'accept'),
  replica: fc.integer({ min: 0, max: 1 }),
  delayMs: fc.integer({ min: 0, max: 8 }),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
/** Steps of a round overlap; rounds follow each other. */
const interleaving = fc.array(fc.array(step, { minLength: 2, maxLength: 6 }), { minLength: 1, maxLength: 4 });

interface Stored {
  transactions: number;
  emotions: number;
}

async function addCustomer(): Promise<string> {
  const id = Bun.randomUUIDv7();
  await insertUser(database, { id, email: `${id}@example.com`, passwordHash: 'x' });
  return id;
}

async function featuresOf(analysisId: string): Promise<FeatureVector> {
  const [row] = await database.query(
    (sql) =>
      sql<{ features: FeatureVector }[]>`select features from credit_analyses where id = ${analysisId}`,
  );
  if (!row) throw new Error('the analysis was not recorded');
  return row.features;
}

async function storeEvent(kind: 'emotion' | 'transaction', userId: string, stored: Stored): Promise<void> {
  const eventId = Bun.randomUUIDv7();
  const at = new Date().toISOString();
  if (kind === 'transaction') {
    await recordTransactions([{ userId, eventId, amount: 10, occurredAt: at, traceId: 'test' }]);
    stored.transactions += 1;
  } else {
    const metrics = { positivity: 0.5, intensity: 0.5, stress_level: 0.9 };
    await recordEmotions([
      { userId, eventId, timestamp: at, emotionEvent: { type: 'tense', metrics }, traceId: 'test' },
    ]);
    stored.emotions += 1;
  }
}

/** Adds a sentence to `faults` when the analysis is of fewer facts than were stored when it was asked for. */
async function analyze(userId: string, replica: number, stored: Stored, faults: string[]): Promise<string> {
  const before = { ...stored };
  const analysis = await replicas[replica]?.(userId, 'test');
  if (!analysis) throw new Error('no such replica');
  const features = await featuresOf(analysis.analysis_id);
  const factCounts = { transactions: features.transaction_count_30d, emotions: features.stress_events_30d };
  if (factCounts.transactions < before.transactions || factCounts.emotions < before.emotions) {
    faults.push(`${userId}: stored ${JSON.stringify(before)}, analyzed ${JSON.stringify(factCounts)}`);
  }
  return analysis.offer?.offer_id ?? '';
}

/** As time would: analyses are cached from some seconds after a customer's first one. */
async function settle(userId: string): Promise<void> {
  await database.query(
    (sql) => sql`
      update fact_versions set created_at = created_at - interval '10 seconds' where user_id = ${userId}`,
  );
}

async function runInterleaving(rounds: Step[][], faults: string[]): Promise<void> {
  const userId = await addCustomer();
  const stored: Stored = { transactions: 0, emotions: 0 };
  let offerId = '';
  const takeStep = async ({ act, replica, delayMs }: Step): Promise<void> => {
    await Bun.sleep(delayMs);
    if (act === 'analyze') offerId = await analyze(userId, replica, stored, faults);
    else if (act === 'accept') await (offerId && acceptOffer(offerId, userId));
    else await storeEvent(act, userId, stored);
  };
  for (const round of rounds) {
    await Promise.all(round.map(takeStep));
    await settle(userId);
  }
  for (const replica of [0, 1]) await analyze(userId, replica, stored, faults);
}

test(
  `no analysis is of facts older than its request, in ${INTERLEAVINGS} random interleavings`,
  async () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
    const interleavings = fc.sample(interleaving, { seed, numRuns: INTERLEAVINGS });
    const faults: string[] = [];
    const runLane = async () => {
      for (let rounds = interleavings.pop(); rounds; rounds = interleavings.pop()) {
        await runInterleaving(rounds, faults);
      }
    };
    await Promise.all(Array.from({ length: LANES }, runLane));
    const { values } = await runtime.metrics.redisCommands.get();
    const hits = values.find(({ labels }) => labels.outcome === 'hit')?.value ?? 0;
    console.log(`${INTERLEAVINGS} interleavings, seed ${seed}: ${faults.length} stale, ${hits} cache hits`);
    expect(faults).toEqual([]);
    expect(hits).toBeGreaterThan(0);
  },
  INTERLEAVINGS * 500,
);
