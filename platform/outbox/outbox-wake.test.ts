import { expect, test } from 'bun:test';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, openTestDatabase } from '../../tests/harness/runtime.ts';
import type { Database } from '../data/sql.ts';
import { startRelay } from './outbox.ts';

const runtime = createTestRuntime();
const LONG_MS = 60_000;

const append = (database: Database, ids: string[]) =>
  database.query(
    (sql) => sql`
      insert into outbox (id, topic, payload)
      select id, 'userNotifications', '{}' from unnest(${ids}::text[]) as id`,
  );

test(
  'rows are published as soon as their statement notifies, also during a round, and else the relay is idle',
  async () => {
    const opened = await openTestDatabase(runtime);
    const { bus } = await openTestBus(runtime);
    const sentOf = async () =>
      (
        await opened.query((sql) => sql<{ id: string }[]>`select id from outbox where sent_at is not null`)
      ).map(({ id }) => id);
    let notifications = 0;
    let statements = 0;
    let afterStatement = () => Promise.resolve();
    const database: Database = {
      ...opened,
      listen: (channel, onNotification) =>
        opened.listen(channel, () => {
          notifications += 1;
          onNotification();
        }),
      async query(...args) {
        const rows = await opened.query(...args);
        statements += 1;
        await afterStatement();
        return rows;
      },
    };
    startRelay({ ...runtime, database, bus, topics: ['userNotifications'], pollMs: 3_600_000 });
    let count = 0;
    await eventually('rows are published while the relay waits', async () => {
      await append(opened, [`${(count += 1)}`]);
      return (await sentOf()).length > 0;
    });
    afterStatement = async () => {
      afterStatement = () => Promise.resolve();
      const before = notifications;
      await append(opened, ['late']);
      await eventually('the relay is notified', () => Promise.resolve(notifications > before));
    };
    await append(opened, ['early']);
    await eventually('both are published', async () => {
      const ids = await sentOf();
      return ids.includes('early') && ids.includes('late');
    });
    // More than two claims take, by one statement.
    const many = Array.from({ length: 250 }, (_, index) => `many ${index}`);
    await append(opened, many);
    await eventually('all are published', async () => (await sentOf()).length === count + 2 + many.length);
    // A round has two statements; but for notifications and full claims, the relay waits.
    expect(statements).toBeLessThanOrEqual(2 * (notifications + 5));
  },
  LONG_MS,
);

test(
  'a round that failed is repeated after a wait, also where a row is written during it or the wait',
  async () => {
    const opened = await openTestDatabase(runtime);
    const { bus } = await openTestBus(runtime);
    const failure = Promise.withResolvers<void>();
    const listening = Promise.withResolvers<void>();
    let notifications = 0;
    const claimsAtMs: number[] = [];
    const database: Database = {
      ...opened,
      async listen(channel, onNotification) {
        await opened.listen(channel, () => {
          notifications += 1;
          onNotification();
        });
        listening.resolve();
      },
      async query(...args) {
        claimsAtMs.push(performance.now());
        if (claimsAtMs.length > 1) return opened.query(...args);
        await listening.promise;
        // To listen notifies as well.
        await appendNotified('during the round');
        claimsAtMs[0] = performance.now();
        failure.resolve();
        throw new Error('as the test has it');
      },
    };
    const appendNotified = async (id: string) => {
      const before = notifications;
      await append(opened, [id]);
      await eventually('the relay is notified', () => Promise.resolve(notifications > before));
    };
    startRelay({ ...runtime, database, bus, topics: ['userNotifications'], pollMs: 3_600_000 });
    await failure.promise;
    await appendNotified('during the wait');
    await eventually('it is repeated', () => Promise.resolve(claimsAtMs.length > 1));
    // The longest wait after a failure is 2 s; without one it is repeated within a moment.
    expect((claimsAtMs[1] ?? 0) - (claimsAtMs[0] ?? 0)).toBeGreaterThan(1500);
  },
  LONG_MS,
);

test(
  'the relay looks once a second while rows are notified, and more often after one that was not',
  async () => {
    const opened = await openTestDatabase(runtime);
    const { bus } = await openTestBus(runtime);
    let notify = () => {};
    let looksAtMs: number[] = [];
    const database: Database = {
      ...opened,
      listen: (_, onNotification) => {
        notify = onNotification;
        return Promise.resolve();
      },
      query(...args) {
        looksAtMs.push(performance.now());
        return opened.query(...args);
      },
    };
    /** The shortest time between looks that find nothing. */
    const shortestOf = async (looks: number) => {
      looksAtMs = [];
      await eventually('it looked', () => Promise.resolve(looksAtMs.length >= looks));
      const waits = looksAtMs.slice(1).map((atMs, index) => atMs - (looksAtMs[index] ?? 0));
      return Math.min(...waits);
    };
    startRelay({ ...runtime, database, bus, topics: ['userNotifications'], pollMs: 20 });
    expect(await shortestOf(6)).toBeLessThan(800);

    notify();
    await shortestOf(2);
    expect(await shortestOf(3)).toBeGreaterThan(900);

    await append(opened, ['not notified']);
    await eventually('it is published', async () => {
      const [row] = await opened.query((sql) => sql`select from outbox where sent_at is not null`);
      return row !== undefined;
    });
    await shortestOf(2);
    expect(await shortestOf(6)).toBeLessThan(800);
  },
  LONG_MS,
);
