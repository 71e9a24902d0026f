import { expect, test } from 'bun:test';
import pino from 'pino';
import { eventually, prepareBroker } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, openTestDatabase, streams } from '../../tests/harness/runtime.ts';
import type { Database } from '../data/sql.ts';
import { type Bus, openBus } from '../messaging/bus.ts';
import { inspectStream } from '../messaging/inspect.ts';
import { TOPICS, type TopicName } from '../messaging/topics.ts';
import { startLossDetector } from './outbox-loss.ts';

const runtime = createTestRuntime();

test('what a broker has lost is told once, also a single message; of a stream that has all nothing is said', async () => {
  const opened = await openTestDatabase(runtime);
  const { bus } = await openTestBus(runtime);
  const topics: TopicName[] = ['userNotifications', 'creditOffersApproved'];
  await opened.query(
    (sql) => sql`
      insert into outbox (id, topic, payload, sent_at, stream_created, stream_sequence)
      select id, 'userNotifications', '{}', now(), 'of a stream before', 1 from unnest(array['a']) as id`,
  );
  let compared = 0;
  const database: Database = {
    ...opened,
    async query(...args) {
      const rows = await opened.query(...args);
      compared += 1;
      return rows;
    },
  };
  const lines: object[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  startLossDetector({ ...runtime, database, bus, topics, log });
  await eventually('both streams are compared', () => Promise.resolve(compared >= 2));
  await eventually('it is told', () => Promise.resolve(lines.length > 0));
  expect(lines).toMatchObject([{ topic: 'userNotifications', lost: 1 }]);
});

test('the database is asked once about a stream, and not again while that only grows', async () => {
  const opened = { database: await openTestDatabase(runtime), ...(await openTestBus(runtime)) };
  const topic: TopicName = 'userNotifications';
  let statements = 0;
  const database: Database = {
    ...opened.database,
    query(...args) {
      statements += 1;
      return opened.database.query(...args);
    },
  };
  let looks = 0;
  const bus: Bus = {
    ...opened.bus,
    client() {
      looks += 1;
      return opened.bus.client();
    },
  };
  startLossDetector({ ...runtime, database, bus, topics: [topic], everyMs: 100 });
  await eventually('it is compared with itself', () => Promise.resolve(looks >= 3));
  await opened.bus.publish(TOPICS[topic].subject, '{}', { id: 'a' });
  await eventually('it is compared as it has grown', () => Promise.resolve(looks >= 5));
  expect(statements).toBe(1);
});

test('what a broker has lost is searched for as soon as it is back', async () => {
  const opened = await openTestDatabase(runtime);
  const compared = Promise.withResolvers<void>();
  const database: Database = {
    ...opened,
    async query(...args) {
      const rows = await opened.query(...args);
      compared.resolve();
      return rows;
    },
  };
  const broker = await prepareBroker();
  await broker.start();
  const bus = openBus({ url: broker.url, name: 'test', streams, log: runtime.log, metrics: runtime.metrics });
  runtime.lifecycle.onDrain('bus of the broker that is wiped', bus.close);
  await bus.connected(5000);
  const topic: TopicName = 'userNotifications';
  startLossDetector({ ...runtime, database, bus, topics: [topic], everyMs: 3_600_000 });
  await compared.promise;
  const { seq } = await bus.publish(TOPICS[topic].subject, '{}', { id: 'a' });
  const { created } = await inspectStream(bus, TOPICS[topic].stream);
  await database.query(
    (sql) => sql`
        insert into outbox (id, topic, payload, sent_at, stream_created, stream_sequence)
        values ('a', ${topic}, '{}', now(), ${created}, ${seq})`,
  );
  await broker.kill();
  broker.wipe();
  await broker.start();
  await eventually('the row is to be sent again', async () => {
    const rows = await database.query((sql) => sql`select id from outbox where sent_at is null`);
    return rows.length === 1;
  });
}, 30_000);
