import { describe, expect, test } from 'bun:test';
import { eventually, prepareBroker } from '../../tests/harness/engines.ts';
import { createTestRuntime, streams } from '../../tests/harness/runtime.ts';
import { fastestMs } from '../../tests/harness/time.ts';
import { type Bus, openBus } from './bus.ts';
import { followKeyed } from './follow-keyed.ts';
import { forEachBounded } from '../kernel/concurrency.ts';
import { TOPICS } from './topics.ts';
import { subjectFor } from './topology.ts';

const runtime = createTestRuntime();
const LONG_MS = 60_000;
const topic = 'customerConsents';

async function openBroker() {
  const broker = await prepareBroker();
  await broker.start();
  const bus = openBus({ url: broker.url, name: 'test', streams, ...runtime });
  runtime.lifecycle.onClose('bus', bus.close);
  await bus.connected(5000);
  return { broker, bus };
}

const publish = (bus: Bus, userId: string, version: number) =>
  bus.publish(subjectFor(TOPICS[topic], userId), JSON.stringify({ userId, version }), {
    id: Bun.randomUUIDv7(),
  });

/** The newest version of each customer that a follower has seen. */
function follow(bus: Bus) {
  const versions = new Map<string, number>();
  const follower = followKeyed({
    ...runtime,
    bus,
    topic,
    visit(message) {
      const { userId, version } = message as { userId: string; version: number };
      versions.set(userId, version);
    },
  });
  return { versions, follower };
}

describe('a keyed topic', () => {
  test(
    'keeps the newest message of each customer, and a follower that begins later has them all at once',
    async () => {
      const { bus } = await openBroker();
      const customers = Array.from({ length: 1500 }, () => Bun.randomUUIDv7());
      for (const version of [1, 2])
        await forEachBounded(customers, 50, async (id) => void (await publish(bus, id, version)));
      const { state } = await bus.client().jsm.streams.info(TOPICS[topic].stream);
      expect(state.messages).toBe(customers.length);
      const { versions, follower } = follow(bus);
      expect(follower.isLoaded()).toBe(false);
      await follower.loaded();
      expect([follower.isLoaded(), versions.size, new Set(versions.values())]).toEqual([
        true,
        1500,
        new Set([2]),
      ]);
    },
    LONG_MS,
  );

  test(
    'is followed within a second, also after the broker restarted, and after it lost its store',
    async () => {
      const { broker, bus } = await openBroker();
      const { versions, follower } = follow(bus);
      await follower.loaded();
      let version = 0;
      const seenChange = async () => {
        version += 1;
        await publish(bus, 'a', version);
        await eventually('the change is seen', async () => versions.get('a') === version);
      };
      expect(await fastestMs(seenChange)).toBeLessThan(1000);
      await broker.kill();
      await broker.start();
      await eventually('the broker is back', () => publish(bus, 'b', 1).then(() => true));
      await eventually('the change after the restart is seen', async () => versions.get('b') === 1);
      await broker.kill();
      broker.wipe();
      await broker.start();
      await eventually('the broker is back without its store', () => publish(bus, 'c', 1).then(() => true));
      await eventually('the change in the new store is seen', async () => versions.get('c') === 1);
      expect(await fastestMs(seenChange)).toBeLessThan(1000);
    },
    LONG_MS,
  );

  test('without a broker, a caller is told so in time', async () => {
    const bus = openBus({ url: 'nats://127.0.0.1:1', name: 'test', streams, ...runtime });
    runtime.lifecycle.onClose('bus', bus.close);
    expect(follow(bus).follower.loaded()).rejects.toMatchObject({ code: 'broker_unavailable' });
  });
});
