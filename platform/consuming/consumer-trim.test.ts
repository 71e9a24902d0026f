import { expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestBus, streams, untilAcknowledged } from '../../tests/harness/runtime.ts';
import { createLineDecoder } from '../kernel/validation.ts';
import { ensureConsumer } from '../messaging/durable-consumer.ts';
import { TOPICS } from '../messaging/topics.ts';
import { consumedBy } from '../messaging/topology.ts';
import { startConsumer } from './consumer.ts';

const runtime = createTestRuntime();
const { stream, subject } = TOPICS.creditDecisions;
const MESSAGES = 20;

/** A stream that is two thirds full of messages that `credit-application` has acknowledged, and a worker. */
async function openFull(durable: 'credit-application' | 'challenger') {
  const { bus } = await openTestBus(runtime);
  const { jsm, js } = bus.client();
  await ensureConsumer(bus, consumedBy(TOPICS.creditDecisions, 'credit-application'), streams);
  for (let index = 0; index < MESSAGES; index += 1) {
    await bus.publish(subject, JSON.stringify({ filling: 'x'.repeat(1000) }), { id: Bun.randomUUIDv7() });
    await (await js.pull(stream, 'credit-application', 1000)).ackAck();
  }
  const { config, state } = await jsm.streams.info(stream);
  await jsm.streams.update(stream, { ...config, max_bytes: Math.ceil(state.bytes * 1.5) });
  startConsumer({
    ...runtime,
    bus,
    database: { ping: async () => {}, prepared: Promise.resolve() },
    topic: 'creditDecisions',
    durable,
    streams,
    decode: createLineDecoder(Type.Object({})),
    handle: async () => [],
  });
  return { bus, countMessages: async () => (await jsm.streams.info(stream)).state.messages };
}

test('a worker makes room in a stream that is half full of acknowledged messages', async () => {
  const { countMessages } = await openFull('credit-application');
  await eventually('the older half is gone', async () => (await countMessages()) === MESSAGES / 2);
});

test('a bystander leaves the stream as it is', async () => {
  const { bus, countMessages } = await openFull('challenger');
  await untilAcknowledged(bus, TOPICS.creditDecisions);
  expect(await countMessages()).toBe(MESSAGES);
});
