import { expect, test } from 'bun:test';
import { listDeadLetters } from '../../platform/dead-letters/dead-letter.ts';
import { DegradedError } from '../../platform/kernel/errors.ts';
import { readConfig } from '../../platform/kernel/config.ts';
import type { Topic } from '../../platform/messaging/topic.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { createCustomerHash } from '../../platform/privacy/customer-hash.ts';
import { createTestDatabase, eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, openTestDatabase } from '../../tests/harness/runtime.ts';
import { open, variables } from './service.ts';

const runtime = createTestRuntime();
const DEADLINE_MS = 30_000;
const ERASURE_KEY = crypto.randomUUID();
const CONSUMED = Object.values<Topic>(TOPICS).filter(({ durables }) =>
  durables.includes('credit-application'),
);

async function openService() {
  const url = await createTestDatabase();
  const database = await openTestDatabase(runtime, url);
  const { bus, nats } = await openTestBus(runtime);
  const env = { DATABASE_URL: url, NATS_URL: nats.url, ERASURE_KEY };
  const { checks } = open(readConfig(env, variables), runtime);
  const isReady = async () => {
    await Promise.all(Object.values(checks).map((check) => check()));
    return true;
  };
  await eventually('the consumers are there', isReady, DEADLINE_MS);
  return { database, bus, checks };
}

test('drops every message of an erased customer, and notes its place; others become dead letters', async () => {
  const { database, bus } = await openService();
  const [erased, unknown] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()];
  const hash = createCustomerHash(ERASURE_KEY)(erased);
  await database.query(
    (sql) => sql`
      insert into erasures (customer_hash, requested_by, erased_at) values (${hash}, 'customer', now())`,
  );
  const topics = Object.keys(messages()) as (keyof ReturnType<typeof messages>)[];
  const streams = topics.map((topic) => TOPICS[topic].stream).toSorted();
  expect(streams).toEqual(CONSUMED.map(({ stream }) => stream as (typeof streams)[number]).toSorted());
  for (const topic of topics) {
    for (const userId of [erased, unknown]) {
      const message = JSON.stringify({ ...messages()[topic], userId });
      await bus.publish(TOPICS[topic].subject, message, { id: `${topic} ${userId}` });
    }
  }

  const findHandled = async () => {
    const found = await listDeadLetters(bus, {});
    const noted = await database.query(
      (sql) => sql<{ stream: string }[]>`select stream from stray_messages order by stream`,
    );
    return found.length + noted.length >= 2 * topics.length ? ([found, noted] as const) : null;
  };
  const [letters, strays] = await eventually('all are handled', findHandled, DEADLINE_MS);
  expect(strays.map(({ stream }) => stream)).toEqual(streams);
  expect(Object.fromEntries(letters.map(({ stream, code }) => [stream, code]))).toEqual(
    Object.fromEntries(
      streams.map((stream) => [stream, stream === 'credits' ? 'offer_not_accepted' : 'unknown_user']),
    ),
  );
  expect(JSON.stringify(letters)).not.toContain(erased);
});

test.each(CONSUMED)('is degraded while dead letters of $stream cannot be published', async ({ subject }) => {
  const { bus, checks } = await openService();
  const { jsm } = bus.client();
  const { config } = await jsm.streams.info('dead-letters');
  await jsm.streams.update('dead-letters', { ...config, max_msg_size: 1 });
  await bus.publish(subject, 'no JSON', { id: Bun.randomUUIDv7() });
  const isDegraded = async () => {
    const failure = await checks['credit-application dead letters']?.().catch((error: unknown) => error);
    return failure instanceof DegradedError;
  };
  await eventually('it is degraded', isDegraded, DEADLINE_MS);
});

const at = '2026-01-02T03:04:05Z';

/** A message of each topic about things of its own: two customers share none. */
function messages() {
  const [offerId, analysisId, reviewId] = [Bun.randomUUIDv7(), Bun.randomUUIDv7(), Bun.randomUUIDv7()];
  return {
    creditOffersApproved: {
      offerId,
      creditLimit: 100,
      interestRate: 9.5,
      creditType: 'SHORT_TERM_PERSONAL_LOAN',
      acceptedAt: at,
    },
    creditDecisions: {
      analysisId,
      approved: false,
      reason: 'There are few transactions.',
      locale: 'en',
      jurisdiction: 'BR',
      versions: { features: 'f', model: 'm', policy: 'v1', policy_hash: 'h' },
      twin: { features: {}, prediction: { risk_score: 0.8, model_version: 'm' } },
      full: null,
      basis: 'twin',
      decidedAt: at,
      traceId: null,
    },
    creditLimitsClosed: { offerId, creditLimit: 100, reason: 'withdrawn', locale: 'en', closedAt: at },
    creditReviewsDecided: {
      reviewId,
      analysisId,
      outcome: 'upheld',
      offerId: null,
      creditLimit: null,
      locale: 'en',
      decidedAt: at,
    },
  };
}
