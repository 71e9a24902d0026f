import { expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, untilAcknowledged } from '../../tests/harness/runtime.ts';
import { createMetrics } from '../kernel/metrics.ts';
import { createLineDecoder } from '../kernel/validation.ts';
import { TOPICS } from '../messaging/topics.ts';
import { partitionOf } from '../messaging/topology.ts';
import { startConsumer } from './consumer.ts';
import type { EventRejection } from './event-rejection.ts';

const LONG_MS = 30_000;
const layout = { replicas: 1, partitions: 3 };
const partitionsOfTopic = [0, 1, 2].map((partition) => partitionOf(TOPICS.emotions, partition));
type Event = { id: string };

test(
  'a worker shows the lag of its partitions alone, as their sum and each in its metrics',
  async () => {
    const runtime = { ...createTestRuntime(), metrics: createMetrics() };
    const { bus } = await openTestBus(runtime, layout);
    const handled: string[] = [];
    const gate = Promise.withResolvers<void>();
    const consumer = startConsumer<Event>({
      ...runtime,
      bus,
      // Nothing is stored.
      database: { ping: async () => {}, prepared: Promise.resolve() },
      topic: 'emotions',
      durable: 'emotion-processing',
      streams: layout,
      partitions: [1, 2],
      decode: createLineDecoder(Type.Object({ id: Type.String() })),
      async handle(events): Promise<EventRejection[]> {
        handled.push(...events.map(({ id }) => id));
        await gate.promise;
        return events.flatMap(({ id }, index) =>
          id === 'bad' ? [{ index, code: 'unknown_user', message: 'no' }] : [],
        );
      },
    });
    await eventually('the durable consumers are there', () => consumer.check().then(() => true));
    const publish = (partition: number, id: string) =>
      bus.publish(partitionsOfTopic[partition]?.subject ?? '', JSON.stringify({ id }), {
        id: Bun.randomUUIDv7(),
      });
    await publish(0, 'foreign');
    await publish(1, 'first');
    await publish(2, 'second');
    await eventually('both are in hand', () => Promise.resolve(handled.length === 2));
    // Behind them while they are handled.
    for (const id of ['bad', 'good', 'bad']) await publish(2, id);
    const idle = { redelivered: 0, deadLetters: 0, deadLettersDiscarded: 0, deadLettersWaiting: 0 };
    expect(await consumer.lag()).toEqual({ ...idle, pending: 3, unacknowledged: 2 });
    const text = await runtime.metrics.scrape();
    const gauge = (name: string, stream: string) =>
      new RegExp(`^${name}\\{.*stream="${stream}"\\} (\\S+)$`, 'm').exec(text)?.[1];
    const gauges = partitionsOfTopic.map(({ stream }) => [
      gauge('ecs_consumer_pending_messages', stream),
      gauge('ecs_consumer_unacknowledged_messages', stream),
      gauge('ecs_dead_letters', stream),
    ]);
    expect(gauges).toEqual([
      [undefined, undefined, undefined],
      ['0', '1', '0'],
      ['3', '1', '0'],
    ]);
    expect(text).toContain('ecs_dead_letters_waiting_messages{durable="emotion-processing"} 0');
    expect(text).toMatch(/^ecs_dead_letters_oldest_seconds 0$/m);

    gate.resolve();
    for (const partition of [1, 2])
      await untilAcknowledged(bus, {
        ...partitionOf(TOPICS.emotions, partition),
        durables: ['emotion-processing'],
      });
    expect(handled.toSorted()).toEqual(['bad', 'bad', 'first', 'good', 'second']);
    expect(await consumer.lag()).toEqual({ ...idle, pending: 0, unacknowledged: 0, deadLetters: 2 });
    expect(await runtime.metrics.scrape()).toMatch(
      new RegExp(`^ecs_dead_letters\\{stream="${partitionsOfTopic[2]?.stream}"\\} 2$`, 'm'),
    );
    await consumer.checkDeadLetters();
  },
  LONG_MS,
);
