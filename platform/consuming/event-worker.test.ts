import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { createTestDatabase, eventually } from '../../tests/harness/engines.ts';
import { measureDelays } from '../../tests/harness/linger.ts';
import { createTestRuntime, openTestBus, openTestDatabase } from '../../tests/harness/runtime.ts';
import type { Runtime } from '../http/runtime.ts';
import { readConfig } from '../kernel/config.ts';
import { createLifecycle } from '../kernel/lifecycle.ts';
import { createLineDecoder } from '../kernel/validation.ts';
import { TOPICS } from '../messaging/topics.ts';
import { CONSUMER_LIMITS } from '../messaging/topology.ts';
import type { EventRejection } from './event-rejection.ts';
import { EVENT_WORKER_VARIABLES, openEventWorker } from './event-worker.ts';

const runtime = createTestRuntime();
type Event = { userId: string };

/** A broker and a database, and a function that opens a worker of emotions on them. */
async function openEngines() {
  const { bus, nats } = await openTestBus(runtime);
  const databaseUrl = await createTestDatabase();
  const open = (
    handle: (events: Event[]) => Promise<EventRejection[]>,
    {
      variables = {},
      lifecycle = runtime.lifecycle,
    }: { variables?: object; lifecycle?: Runtime['lifecycle'] } = {},
  ) => {
    const env = {
      DATABASE_URL: databaseUrl,
      NATS_URL: nats.url,
      ERASURE_KEY: 'x'.repeat(32),
      ...variables,
    };
    return openEventWorker<Event>(
      {
        name: 'emotion-processing',
        topic: 'emotions',
        decode: createLineDecoder(Type.Object({ userId: Type.String() })),
        createHandle: () => handle,
      },
      readConfig(env, EVENT_WORKER_VARIABLES),
      { ...runtime, lifecycle },
    );
  };
  return { bus, databaseUrl, open };
}

describe('a worker of events', () => {
  test('makes the tables of the months to come', async () => {
    const { databaseUrl, open } = await openEngines();
    const database = await openTestDatabase(runtime, databaseUrl);
    const countTables = async () => {
      const rows = await database.query(
        (sql) => sql`select from pg_inherits where inhparent = 'transactions'::regclass`,
      );
      return rows.length;
    };
    const before = await countTables();
    const [row] = await database.query(
      (sql) => sql<{ newest: string }[]>`
        select max(inhrelid::regclass::text) as newest from pg_inherits
        where inhparent = 'transactions'::regclass and inhrelid::regclass::text ~ '[0-9]$'`,
    );
    await database.query((sql) => sql`drop table ${sql(row?.newest ?? '')}`);
    expect(await countTables()).toBe(before - 1);
    open(async () => []);
    await eventually('the table is there again', async () => (await countTables()) === before);
  });

  test('stores two portions side by side, and no third', async () => {
    const { bus, open } = await openEngines();
    const filling = 'x'.repeat(0.9 * CONSUMER_LIMITS.bytesDecoded);
    for (let message = 0; message < 4; message += 1) {
      await bus.publish(TOPICS.emotions.subject, JSON.stringify({ userId: filling }), {
        id: Bun.randomUUIDv7(),
      });
    }
    let inHand = 0;
    const together: number[] = [];
    open(async () => {
      inHand += 1;
      together.push(inHand);
      await eventually('another is stored beside it', () => together.length >= 2);
      await bus.ping();
      inHand -= 1;
      return [];
    });
    await eventually('all are stored', () => together.length === 4 && inHand === 0);
    expect(Math.max(...together)).toBe(2);
  });

  test('waits a moment while it is busy, so that its next statement has more events', async () => {
    const { bus, open } = await openEngines();
    const delaysMs = await measureDelays(bus, [1, 1], open);
    expect(Math.min(...delaysMs)).toBeGreaterThan(CONSUMER_LIMITS.lingerMs - 1);
  });

  test('spreads the leads of its partitions over a cluster, unless a keeper does that', async () => {
    const { open } = await openEngines();
    /** Returns the names of the worker's loops in the background. */
    const background = (variables: object): string[] => {
      const names: string[] = [];
      const lifecycle = createLifecycle(runtime.log);
      runtime.lifecycle.onDrain('worker', lifecycle.stop);
      const onDrain = (name: string, drain: () => Promise<void> | void) => {
        names.push(name);
        lifecycle.onDrain(name, drain);
      };
      open(async () => [], { variables, lifecycle: { ...lifecycle, onDrain } });
      return names;
    };
    const cluster = { NATS_REPLICAS: '3', STREAM_PARTITIONS: '2' };
    expect(background(cluster)).toContain('leads of emotions');
    expect(background({ ...cluster, STREAM_RIGHTS: 'use' })).not.toContain('leads of emotions');
    expect(background({})).not.toContain('leads of emotions');
  });
});
