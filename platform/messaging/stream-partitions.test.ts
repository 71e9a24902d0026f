import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus } from '../../tests/harness/runtime.ts';
import { type Bus, openBus } from './bus.ts';
import { startConsumer } from '../consuming/consumer.ts';
import { createLifecycle } from '../kernel/lifecycle.ts';
import { TOPICS } from './topics.ts';
import { partitionFor, partitionsOf, type StreamLayout } from './topology.ts';
import { createLineDecoder } from '../kernel/validation.ts';

const runtime = createTestRuntime();
const LONG_MS = 30_000;
const ONE: StreamLayout = { replicas: 1, partitions: 1 };
const FOUR: StreamLayout = { replicas: 1, partitions: 4 };
const decode = createLineDecoder(Type.Object({ userId: Type.String() }));

const newUsers = (count: number) => Array.from({ length: count }, () => Bun.randomUUIDv7());
const eventOf = (userId: string) => ({ userId, line: JSON.stringify({ userId }) });
const partitionOfUser = (userId: string) => partitionFor(TOPICS.emotions, userId, FOUR);

/** The users of the handled events, in order. */
function consume(bus: Bus, layout: StreamLayout, partitions: number[] | null = null) {
  const taken: string[] = [];
  const lifecycle = createLifecycle(runtime.log);
  runtime.lifecycle.onDrain('consumer', lifecycle.stop);
  const handle = async (events: { userId: string }[]) => {
    taken.push(...events.map(({ userId }) => userId));
    return [];
  };
  // Nothing is stored.
  const database = { ping: async () => {}, prepared: Promise.resolve() };
  const wiring = { bus, database, ...runtime, lifecycle, decode, handle };
  const consumer = startConsumer({
    ...wiring,
    topic: 'emotions',
    durable: 'emotion-processing',
    streams: layout,
    partitions,
  });
  return { ...consumer, taken, stop: lifecycle.stop };
}

async function usersOf(bus: Bus, stream: string): Promise<string[]> {
  const { jsm } = bus.client();
  const { state } = await jsm.streams.info(stream);
  const users: string[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const text = new TextDecoder().decode((await jsm.streams.getMessage(stream, { seq })).data);
    users.push(...text.split('\n').map((line) => (JSON.parse(line) as { userId: string }).userId));
  }
  return users;
}

describe('a topic of four partitions', () => {
  test('keeps each event in the stream of its customer, sent alone or with others', async () => {
    const { bus } = await openTestBus(runtime, FOUR);
    const [alone, together] = [newUsers(200), newUsers(200)];
    await Promise.all(alone.map((userId) => bus.publishEvent('emotions', eventOf(userId))));
    await bus.publishEvents('emotions', together.map(eventOf));
    const everybody = [...alone, ...together];
    for (const [partition, { stream }] of partitionsOf(TOPICS.emotions, FOUR).entries()) {
      const ownUsers = everybody.filter((userId) => partitionOfUser(userId) === partition);
      expect(ownUsers.length).toBeGreaterThan(0);
      expect((await usersOf(bus, stream)).toSorted()).toEqual(ownUsers.toSorted());
    }
  });

  test(
    'is worked off by workers that take some of them each, and every event by one',
    async () => {
      const { bus } = await openTestBus(runtime, FOUR);
      const few = consume(bus, FOUR, [2]);
      const most = consume(bus, FOUR, [0, 1, 3]);
      const users = newUsers(400);
      await Promise.all(users.map((userId) => bus.publishEvent('emotions', eventOf(userId))));
      await eventually('all are taken', async () => few.taken.length + most.taken.length >= users.length);
      const ofFew = users.filter((userId) => partitionOfUser(userId) === 2);
      const otherUsers = users.filter((userId) => partitionOfUser(userId) !== 2);
      expect(few.taken.toSorted()).toEqual(ofFew.toSorted());
      expect(most.taken.toSorted()).toEqual(otherUsers.toSorted());
      await few.check();
      await eventually('nothing is left', async () => {
        const lags = await Promise.all([few.lag(), most.lag()]);
        return lags.every(({ pending, unacknowledged }) => pending + unacknowledged === 0);
      });
    },
    LONG_MS,
  );

  test(
    'takes over what came while it was one, and gives it back',
    async () => {
      const { bus: before, nats } = await openTestBus(runtime, ONE);
      const users = newUsers(50);
      await before.publishEvents('emotions', users.map(eventOf));
      const grown = openBus({ url: nats.url, name: 'grown', streams: FOUR, ...runtime });
      runtime.lifecycle.onClose('grown', grown.close);
      await grown.connected(5000);
      const worker = consume(grown, FOUR);
      // A process of the old layout still publishes beside those of the new one.
      const later = newUsers(100);
      await Promise.all(
        later.map((userId, index) => (index % 2 ? before : grown).publishEvent('emotions', eventOf(userId))),
      );
      const everybody = [...users, ...later];
      await eventually('all are taken', async () => worker.taken.length >= everybody.length);
      expect(worker.taken.toSorted()).toEqual(everybody.toSorted());
      // Fewer again: publishers first, then workers.
      const last = newUsers(50);
      await before.publishEvents('emotions', last.map(eventOf));
      await eventually(
        'the last are taken',
        async () => worker.taken.length >= everybody.length + last.length,
      );
      expect((await worker.lag()).pending).toBe(0);
    },
    LONG_MS,
  );
});
