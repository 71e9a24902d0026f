import { beforeAll, expect, test } from 'bun:test';
import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { createReceiveTransactions } from '../../apps/transaction-ingestion/receive-transactions.ts';
import { createRecordTransactions } from '../../apps/transaction-processing/record-transactions.ts';
import type { Bus } from '../../platform/messaging/bus.ts';
import { startConsumer } from '../../platform/consuming/consumer.ts';
import { listDeadLetters } from '../../platform/dead-letters/dead-letter.ts';
import { AppError, problem } from '../../platform/kernel/errors.ts';
import { TransactionMessage } from '../../platform/messaging/event-topics.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { idsOf } from '../../platform/ingestion/ingest.ts';
import { eventIdOf } from '../../sdk/contracts/events/event-id.ts';
import { createKeyMemory } from '../../platform/ingestion/key-memory.ts';
import type { Database } from '../../platform/data/sql.ts';
import { DEAD_LETTERS } from '../../platform/messaging/topology.ts';
import { createLineDecoder } from '../../platform/kernel/validation.ts';
import { eventually, startEngine } from '../harness/engines.ts';
import { callOf } from '../harness/ingestion.ts';
import {
  createTestRuntime,
  openTestBus,
  openTestCache,
  openTestDatabase,
  streams,
  untilAcknowledged,
} from '../harness/runtime.ts';
import { casesOf } from '../harness/tier.ts';

// needs: redis

/**
 * Interleavings of senders, over two ingestions and two workers on real engines: whichever step fails, each
 * body that got a 202 is stored exactly once or is a dead letter with its cause, and nothing else is stored.
 */
const runtime = createTestRuntime();
let bus: Bus;
let database: Database;
let redis: Redis;
let ingestions: Record<'known' | 'away', ReturnType<typeof createReceiveTransactions>>[];

/** The fate of a publish: `lost` fails before the broker has it, `unanswered` after. */
type Publish = 'confirmed' | 'lost' | 'unanswered';
const fate = new AsyncLocalStorage<Publish>();

beforeAll(async () => {
  ({ bus } = await openTestBus(runtime));
  database = await openTestDatabase(runtime);
  const { url } = await startEngine('redis');
  redis = new Redis(url);
  runtime.lifecycle.onClose('redis', async () => redis.disconnect());
  ingestions = await Promise.all([openIngestion(url), openIngestion(url)]);
  for (const _ of ingestions) startWorker();
});

async function openIngestion(redisUrl: string) {
  const flaky: Bus = {
    ...bus,
    publishEvent: (topic, event) => publish(() => bus.publishEvent(topic, event)),
    publishEvents: (topic, events) => publish(() => bus.publishEvents(topic, events)),
  };
  const keyCache = await openTestCache(runtime, redisUrl);
  await eventually('redis is connected', () => keyCache.ping().then(() => true));
  const away = await openTestCache(runtime, 'redis://127.0.0.1:1');
  const receive = (cache: typeof keyCache) => {
    const memory = createKeyMemory({ cache, secretKey: 'secret', topic: 'transactions' });
    return createReceiveTransactions({ bus: flaky, memory, now: Date.now });
  };
  return { known: receive(keyCache), away: receive(away) };
}

async function publish(toBroker: () => Promise<void>): Promise<void> {
  const outcome = fate.getStore();
  if (outcome !== 'lost') await toBroker();
  if (outcome !== 'confirmed') throw problem('broker_unavailable', { detail: 'as the test has it' });
}

function startWorker(): void {
  startConsumer({
    ...runtime,
    bus,
    database,
    topic: 'transactions',
    durable: 'transaction-processing',
    streams,
    decode: createLineDecoder(TransactionMessage),
    linger: true,
    handle: createRecordTransactions({ database }),
  });
}

interface Send {
  ingestion: number;
  redis: 'known' | 'away';
  publish: Publish;
  key: string;
  /** One amount goes alone, several as a batch. */
  amounts: number[];
  occurredAt?: string | undefined;
}

const HOUR_MS = 60 * 60 * 1000;
const monthStartMs = Date.parse(`${new Date().toISOString().slice(0, 'YYYY-MM'.length)}-01`);
/** Of one month: an id with times of two at the same moment may be stored in both (docs/guarantees.md). */
const TIMES = [1, 2].map((hours) =>
  new Date(Math.max(Date.now() - hours * HOUR_MS, monthStartMs + hours)).toISOString(),
);

const KEYS = ['a', 'b', 'c'];
const RUNS = casesOf('NO_EMPTY_202_RUNS', { quick: 50, slow: 200 });

const send: fc.Arbitrary<Send> = fc.record({
  ingestion: fc.constantFrom(0, 1),
  redis: fc.constantFrom('known', 'known', 'known', 'away'),
  publish: fc.constantFrom<Publish[]>('confirmed', 'confirmed', 'confirmed', 'lost', 'unanswered'),
  key: fc.constantFrom(...KEYS),
  amounts: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(1, 2).map((amount) => [amount]) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom(101, 102, 103), { minLength: 2, maxLength: 5 }) },
  ),
  occurredAt: fc.constantFrom(undefined, undefined, ...TIMES),
});
/** Amounts of a batch say which key they are of. */
const sendOfKey = send.map((attempt) => {
  const { amounts, key } = attempt;
  const offset = amounts.length > 1 ? 1000 * (KEYS.indexOf(key) + 1) : 0;
  return { ...attempt, amounts: amounts.map((amount) => amount + offset) };
});
/** Those of one group are sent at once; before some of them Redis forgets all. */
const history = fc.array(
  fc.record({ isForgotten: fc.boolean(), sends: fc.array(sendOfKey, { minLength: 1, maxLength: 5 }) }),
  { minLength: 1, maxLength: 5 },
);

type Outcome = Send & { status: number; isPublished: boolean };

const customerOf = (userId: string) => ({ kind: 'customer', userId, tokenExpiresAtMs: Infinity }) as const;

async function perform(userId: string, sent: Send): Promise<Outcome> {
  const { key, amounts, occurredAt } = sent;
  const principal = customerOf(userId);
  const bodies = amounts.map((amount) => ({ userId, amount, ...(occurredAt ? { occurredAt } : {}) }));
  const receive = ingestions[sent.ingestion]?.[sent.redis];
  const [body] = bodies;
  if (!receive || !body) throw new Error('nothing to send');
  const text = bodies.map((body) => JSON.stringify(body)).join('\n');
  const work = () =>
    bodies.length > 1
      ? receive.batch(callOf({ principal, text, idempotencyKey: key }))
      : receive.single(callOf({ principal, body, idempotencyKey: key }));
  const status = await fate.run(sent.publish, work).then(
    () => 202,
    (error: unknown) => {
      if (error instanceof AppError) return error.status;
      throw error;
    },
  );
  return {
    ...sent,
    status,
    isPublished: status === 202 || (status === 503 && sent.publish === 'unanswered'),
  };
}

/** An event as the client said it; without a time it is the same at any. */
interface Content {
  id: string;
  amount: number;
  time: string;
}
const isOf = (content: Content, { amounts, occurredAt }: Send): boolean =>
  content.amount === amounts[0] && (occurredAt === undefined || occurredAt === content.time);

async function storedOf(userId: string): Promise<Content[]> {
  const rows = await database.query(
    (sql) => sql<Content[]>`select id, amount::float8 as amount,
      to_char(occurred_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as time
      from transactions where user_id = ${userId}`,
  );
  return [...rows];
}

async function conflictsOf(userId: string): Promise<Content[]> {
  const letters = await listDeadLetters(bus, { limit: 100_000 });
  return letters.flatMap(({ code, payload }) => {
    const { userId: owner, eventId: id, amount, occurredAt } = JSON.parse(payload) as TransactionMessage;
    if (owner !== userId) return [];
    expect(code).toBe('conflict');
    return [{ id, amount, time: `${occurredAt.slice(0, 23)}Z` }];
  });
}

/** Lines of a key's batches with this content: each batch has them once more than the place of the last. */
const linesOf = (batches: Outcome[], amount: number) =>
  Math.max(0, ...batches.map(({ amounts }) => amounts.filter((candidate) => candidate === amount).length));

test('each body of a 202 is stored once or a dead letter with its cause, and nothing else is stored', async () => {
  let conflicts = 0;
  let refused = 0;
  const check = async (groups: { isForgotten: boolean; sends: Send[] }[]) => {
    const userId = Bun.randomUUIDv7();
    await database.query(
      (sql) => sql`insert into users (id, email, password_hash) values (${userId}, ${userId}, 'x')`,
    );
    // Read anew in each run: those of the runs before are not of this customer.
    await bus.client().jsm.streams.purge(DEAD_LETTERS.stream);
    const outcomes: Outcome[] = [];
    for (const { isForgotten, sends } of groups) {
      if (isForgotten) await redis.flushall();
      outcomes.push(...(await Promise.all(sends.map((attempt) => perform(userId, attempt)))));
    }
    await untilAcknowledged(bus, TOPICS.transactions);
    const [stored, deadLetters] = [await storedOf(userId), await conflictsOf(userId)];
    conflicts += deadLetters.length;
    refused += outcomes.filter(({ status }) => status === 422).length;

    for (const key of KEYS) {
      const id = eventIdOf({ userId }, key, idsOf(customerOf(userId)));
      const [rows, letters] = [stored, deadLetters].map((contents) =>
        contents.filter((content) => content.id === id),
      );
      const singles = outcomes.filter((attempt) => attempt.key === key && attempt.amounts.length === 1);
      const published = singles.filter(({ isPublished }) => isPublished);
      expect(rows?.length).toBe(published.length > 0 ? 1 : 0);
      const copies = [...(rows ?? []), ...(letters ?? [])];
      for (const attempt of singles.filter(({ status }) => status === 202)) {
        expect(copies.some((content) => isOf(content, attempt))).toBe(true);
      }
      for (const content of copies) expect(published.some((attempt) => isOf(content, attempt))).toBe(true);

      for (const occurredAt of [undefined, ...TIMES]) {
        const batches = outcomes.filter(
          (attempt) => attempt.key === key && attempt.amounts.length > 1 && attempt.occurredAt === occurredAt,
        );
        for (const amount of new Set(batches.flatMap(({ amounts }) => amounts))) {
          const { length: count } = stored.filter(
            (row) =>
              row.amount === amount &&
              (occurredAt === undefined ? !TIMES.includes(row.time) : row.time === occurredAt),
          );
          const acceptedBatches = batches.filter(({ status }) => status === 202);
          expect(count).toBeGreaterThanOrEqual(linesOf(acceptedBatches, amount));
          expect(count).toBeLessThanOrEqual(
            linesOf(
              batches.filter((attempt) => attempt.isPublished),
              amount,
            ),
          );
        }
      }
    }
  };
  await fc.assert(fc.asyncProperty(history, check), { numRuns: RUNS });
  // The histories reach both ways in which a second content ends.
  expect(conflicts).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
}, 120_000);
