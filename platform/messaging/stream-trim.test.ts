import { expect, test } from 'bun:test';
import { createTestRuntime, openTestBus, streams } from '../../tests/harness/runtime.ts';
import { trimStream } from './stream-trim.ts';
import { ensureConsumer } from './durable-consumer.ts';
import { TOPICS } from './topics.ts';
import { consumedBy, consumptionsOf } from './topology.ts';

const runtime = createTestRuntime();
const topic = consumedBy(TOPICS.emotions, 'emotion-processing');

test('a stream that is half full gives up acknowledged messages, and only those', async () => {
  const { bus } = await openTestBus(runtime);
  const { jsm, js } = bus.client();
  await ensureConsumer(bus, topic, streams);
  for (let index = 0; index < 20; index += 1) {
    await bus.publish(topic.subject, 'x'.repeat(1000), { id: Bun.randomUUIDv7() });
  }
  for (let index = 0; index < 10; index += 1) {
    await (await js.pull(topic.stream, topic.durable, 1000)).ackAck();
  }
  expect(await trimStream(jsm, topic)).toBe(0);

  const { config, state } = await jsm.streams.info(topic.stream);
  await jsm.streams.update(topic.stream, { ...config, max_bytes: Math.ceil(state.bytes * 1.5) });
  expect(await trimStream(jsm, topic)).toBe(5);
  expect(await trimStream(jsm, topic)).toBe(0);
  expect((await jsm.streams.info(topic.stream)).state).toMatchObject({ first_seq: 6, messages: 15 });
});

test('a stream of several consumers keeps what the slowest of them has not acknowledged', async () => {
  const { bus } = await openTestBus(runtime);
  const { jsm, js } = bus.client();
  const shared = { ...topic, durables: ['emotion-processing', 'credit'] as const };
  const [fast, slow] = consumptionsOf(shared);
  for (const source of [fast, slow]) if (source) await ensureConsumer(bus, source, streams);
  for (let index = 0; index < 20; index += 1) {
    await bus.publish(topic.subject, 'x'.repeat(1000), { id: Bun.randomUUIDv7() });
  }
  const acknowledge = async (durable: string, count: number) => {
    for (let index = 0; index < count; index += 1) {
      await (await js.pull(topic.stream, durable, 1000)).ackAck();
    }
  };
  await acknowledge('emotion-processing', 20);
  await acknowledge('credit', 4);
  const { config, state } = await jsm.streams.info(topic.stream);
  await jsm.streams.update(topic.stream, { ...config, max_bytes: Math.ceil(state.bytes * 1.5) });
  expect(await trimStream(jsm, shared)).toBe(2);
  await acknowledge('credit', 16);
  expect(await trimStream(jsm, shared)).toBeGreaterThan(2);
});

test('a stream does not wait for its bystanders', async () => {
  const { bus } = await openTestBus(runtime);
  const { jsm, js } = bus.client();
  const watched = {
    ...topic,
    durables: ['emotion-processing', 'challenger'] as const,
    bystanders: ['challenger'] as const,
  };
  for (const source of consumptionsOf(watched)) await ensureConsumer(bus, source, streams);
  for (let index = 0; index < 20; index += 1) {
    await bus.publish(topic.subject, 'x'.repeat(1000), { id: Bun.randomUUIDv7() });
  }
  for (let index = 0; index < 10; index += 1) {
    await (await js.pull(topic.stream, 'emotion-processing', 1000)).ackAck();
  }
  const { config, state } = await jsm.streams.info(topic.stream);
  await jsm.streams.update(topic.stream, { ...config, max_bytes: Math.ceil(state.bytes * 1.5) });
  expect(await trimStream(jsm, watched)).toBe(5);
});
