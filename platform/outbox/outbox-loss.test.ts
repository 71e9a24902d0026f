import { expect, test } from 'bun:test';
import pino from 'pino';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, openTestDatabase } from '../../tests/harness/runtime.ts';
import type { Database } from '../data/sql.ts';
import type { TopicName } from '../messaging/topics.ts';
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
