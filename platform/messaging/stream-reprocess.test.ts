import { expect, test } from 'bun:test';
import { createTestRuntime, openTestBus, streams } from '../../tests/harness/runtime.ts';
import { reprocessSince } from './stream-reprocess.ts';
import { ensureConsumer } from './durable-consumer.ts';
import { TOPICS } from './topics.ts';
import { consumedBy } from './topology.ts';

const runtime = createTestRuntime();
const topic = consumedBy(TOPICS.emotions, 'emotion-processing');

/** A stream of so many messages, of which the durable consumer has acknowledged the first. */
async function openStream(messages: number, acknowledged: number) {
  const { bus } = await openTestBus(runtime);
  const { jsm, js } = bus.client();
  await ensureConsumer(bus, topic, streams);
  for (let index = 0; index < messages; index += 1) {
    await bus.publish(topic.subject, String(index), { id: Bun.randomUUIDv7() });
    // Times of messages are compared by the millisecond.
    await Bun.sleep(2);
  }
  for (let index = 0; index < acknowledged; index += 1) {
    await (await js.pull(topic.stream, topic.durable, 1000)).ackAck();
  }
  /** The sequence that the consumer gets next. */
  const next = async () => (await js.pull(topic.stream, topic.durable, 1000)).seq;
  const cameAt = async (seq: number) => new Date((await jsm.streams.getMessage(topic.stream, { seq })).time);
  return { bus, next, cameAt };
}

test('a worker reads again what came since then', async () => {
  const { bus, next, cameAt } = await openStream(5, 5);
  await reprocessSince(bus, topic, await cameAt(4));
  expect([await next(), await next()]).toEqual([4, 5]);
});

test('a worker passes over nothing that is not acknowledged yet, however long ago it came', async () => {
  const { bus, next } = await openStream(5, 2);
  await reprocessSince(bus, topic, new Date());
  expect([await next(), await next(), await next()]).toEqual([3, 4, 5]);
});

test('a worker that never read the stream gets all of it', async () => {
  const { bus, next } = await openStream(2, 0);
  const { jsm } = bus.client();
  await jsm.consumers.delete(topic.stream, topic.durable);
  await reprocessSince(bus, topic, new Date());
  expect([await next(), await next()]).toEqual([1, 2]);
});

test('a bystander that runs nowhere gets no consumer, one that runs reads again', async () => {
  const { bus } = await openStream(2, 2);
  const { jsm, js } = bus.client();
  const bystander = { ...topic, durable: 'challenger', bystanders: ['challenger'] } as const;
  await reprocessSince(bus, bystander, new Date(0));
  const names = (await jsm.consumers.list(topic.stream).next()).map(({ name }) => name);
  expect(names).toEqual([topic.durable]);

  await ensureConsumer(bus, bystander, streams);
  await (await js.pull(topic.stream, bystander.durable, 1000)).ackAck();
  await reprocessSince(bus, bystander, new Date(0));
  expect((await js.pull(topic.stream, bystander.durable, 1000)).seq).toBe(1);
});
