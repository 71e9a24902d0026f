import { expect, test } from 'bun:test';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, streams } from '../../tests/harness/runtime.ts';
import { createPull } from './pull.ts';
import { ensureConsumer } from './durable-consumer.ts';
import { TOPICS } from './topics.ts';
import { CONSUMER_LIMITS, consumedBy } from './topology.ts';

const runtime = createTestRuntime();
const topic = consumedBy(TOPICS.emotions, 'emotion-processing');

test('large messages come pull by pull, in order, each once, no more bytes at a time than fit', async () => {
  const { bus } = await openTestBus(runtime);
  await ensureConsumer(bus, topic, streams);
  const bytes = 900_000;
  const count = Math.ceil(1.5 * CONSUMER_LIMITS.messagesPerFetch);
  for (let index = 0; index < count; index += 1) {
    await bus.publish(topic.subject, 'x'.repeat(bytes), { id: Bun.randomUUIDv7() });
  }
  const sequences: number[] = [];
  const sizes: number[] = [];
  const pull = createPull(bus, topic.stream, topic.durable);
  while (sequences.length < count) {
    const messages = await pull();
    sizes.push(messages.length);
    // Messages that a pull fetched and lost would be delivered again only after the ack wait.
    expect(messages.length).toBeGreaterThan(0);
    for (const message of messages) {
      sequences.push(message.info.streamSequence);
      message.ack();
    }
  }
  // The first fetch cannot know.
  const fitting = Math.floor(CONSUMER_LIMITS.bytesPerFetch / bytes);
  expect(Math.max(...sizes.slice(1))).toBe(fitting);
  expect(sequences).toEqual(Array.from({ length: count }, (_, index) => index + 1));
});

test('a wait that is ended hands the next message to another worker at once, not after the ack wait', async () => {
  const { bus } = await openTestBus(runtime);
  await ensureConsumer(bus, topic, streams);
  const stopping = new AbortController();
  const stopped = createPull(bus, topic.stream, topic.durable, stopping.signal)();
  await eventually('the broker has its request', async () => {
    const info = await bus.client().jsm.consumers.info(topic.stream, topic.durable);
    return info.num_waiting === 1;
  });
  stopping.abort();
  expect(await stopped).toEqual([]);
  await bus.publish(topic.subject, 'x', { id: Bun.randomUUIDv7() });
  const [message] = await createPull(bus, topic.stream, topic.durable)();
  expect(message?.info.deliveryCount).toBe(2);
  message?.ack();
});
