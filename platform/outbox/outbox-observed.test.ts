import { afterEach, expect, test } from 'bun:test';
import pino from 'pino';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, openTestDatabase } from '../../tests/harness/runtime.ts';
import type { Database } from '../data/sql.ts';
import { createMetrics } from '../kernel/metrics.ts';
import { TOPICS, type TopicName } from '../messaging/topics.ts';
import { setTracer } from '../tracing/tracer.ts';
import { startRelay } from './outbox.ts';

/** What an operator sees of the relay. */
const runtime = createTestRuntime();
const topics: TopicName[] = ['userNotifications', 'creditOffersApproved'];
const TRACE_ID = 'a'.repeat(32);
afterEach(() => setTracer(null));

const append = (database: Database, id: string, payload: object) =>
  database.query(
    (sql) => sql`
      insert into outbox (id, topic, payload) values (${id}, 'userNotifications', ${sql.json({ ...payload })})`,
  );

test('a message carries the trace of its request, and none where the row knows none', async () => {
  const database = await openTestDatabase(runtime);
  const { bus } = await openTestBus(runtime);
  const started: unknown[] = [];
  const ended: unknown[] = [];
  setTracer({
    start(name, { traceId, parentSpanId }) {
      started.push([name, traceId, parentSpanId]);
      return {
        traceId: traceId ?? '',
        spanId: 'b'.repeat(16),
        end: (end) => void ended.push(end?.attributes),
      };
    },
  });
  startRelay({ ...runtime, database, bus, topics });
  await append(database, 'traced', { traceId: TRACE_ID });
  const { stream, subject } = TOPICS.userNotifications;
  const headerOf = (seq: number) =>
    eventually(`message ${seq} is there`, async () => {
      const message = await bus
        .client()
        .jsm.streams.getMessage(stream, { seq })
        .catch(() => null);
      return message && { traceparent: message.header.get('traceparent') };
    });
  expect(await headerOf(1)).toEqual({ traceparent: `00-${TRACE_ID}-${'b'.repeat(16)}-01` });
  await append(database, 'untraced', { traceId: null });
  expect(await headerOf(2)).toEqual({ traceparent: '' });
  expect(started).toEqual([[`send ${subject}`, TRACE_ID, null]]);
  expect(ended).toMatchObject([{ 'messaging.batch.message_count': 1 }]);
});

test('without notifications it says so once, and finds rows by looking; its figures name all its topics', async () => {
  const opened = await openTestDatabase(runtime);
  const { bus } = await openTestBus(runtime);
  const logged: { level: number; msg: string; error: string }[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const metrics = createMetrics();
  const listen = () => Promise.reject(new Error('a pooler'));
  startRelay({ ...runtime, database: { ...opened, listen }, bus, topics, log, metrics, pollMs: 20 });
  await append(opened, 'found', {});
  await eventually('it is sent', async () => {
    const [row] = await opened.query((sql) => sql`select from outbox where sent_at is not null`);
    return row !== undefined;
  });
  expect(logged).toMatchObject([{ msg: 'no LISTEN', error: 'a pooler' }]);
  expect(await metrics.scrape()).toContain(
    'ecs_outbox_unsent_rows{topic="userNotifications,creditOffersApproved"} 0',
  );
});
