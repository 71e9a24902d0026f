import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { measureDelays } from '../../tests/harness/linger.ts';
import { createTestRuntime, openTestBus, streams } from '../../tests/harness/runtime.ts';
import { createLineDecoder } from '../kernel/validation.ts';
import { CONSUMER_LIMITS } from '../messaging/topology.ts';
import { startConsumer } from './consumer.ts';

const runtime = createTestRuntime();

/** Returns the shortest time from the handling of such messages to the request for the next ones. */
async function shortestDelay(eventsPerMessage: number[], options: { linger?: boolean } = { linger: true }) {
  const { bus } = await openTestBus(runtime);
  const delaysMs = await measureDelays(bus, eventsPerMessage, (handle) =>
    startConsumer({
      ...runtime,
      bus,
      database: { ping: async () => {}, prepared: Promise.resolve() },
      topic: 'emotions',
      durable: 'emotion-processing',
      streams,
      decode: createLineDecoder(Type.Object({ userId: Type.String() })),
      handle,
      ...options,
    }),
  );
  return Math.min(...delaysMs);
}

describe('a worker', () => {
  test('waits a moment after two messages where it lingers, so that its next statement has more events', async () => {
    // A timer may be early by a part of a millisecond.
    expect(await shortestDelay([1, 1])).toBeGreaterThan(CONSUMER_LIMITS.lingerMs - 1);
  });

  // The shortest delay: a busy machine makes others longer.
  test('delays the next message by nothing after a single one', async () => {
    expect(await shortestDelay([1])).toBeLessThan(CONSUMER_LIMITS.lingerMs);
  });

  test('delays the next message by nothing after the events of a whole statement', async () => {
    const half = CONSUMER_LIMITS.eventsPerStatement / 2;
    expect(await shortestDelay([half, half])).toBeLessThan(CONSUMER_LIMITS.lingerMs);
  });

  test('delays the next message by nothing where it does not linger', async () => {
    expect(await shortestDelay([1, 1], {})).toBeLessThan(CONSUMER_LIMITS.lingerMs);
  });
});
