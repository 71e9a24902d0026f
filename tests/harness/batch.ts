import { Type } from '@sinclair/typebox';
import pino from 'pino';
import { type BatchOptions, handleBatch } from '../../platform/consuming/handle-batch.ts';
import { createDeadLetterQueue } from '../../platform/dead-letters/dead-letter-queue.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { createMetrics } from '../../platform/kernel/metrics.ts';
import { createLineDecoder } from '../../platform/kernel/validation.ts';
import type { Bus } from '../../platform/messaging/bus.ts';
import { ensureConsumer } from '../../platform/messaging/durable-consumer.ts';
import type { Message } from '../../platform/messaging/message.ts';
import { createPull } from '../../platform/messaging/pull.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { consumedBy } from '../../platform/messaging/topology.ts';
import { eventually } from './engines.ts';
import { openTestBus, streams } from './runtime.ts';

/** Batches of messages of a broker, handled by a worker with a store of the test. */
const topic = consumedBy(TOPICS.emotions, 'emotion-processing');
const { stream, subject, durable } = topic;
const decode = createLineDecoder(Type.Object({ id: Type.String() }));

export type BatchEvent = { id: string };

export const lineOf = (id: string) => JSON.stringify({ id });

export async function publishMessages(bus: Bus, texts: string[]): Promise<void> {
  for (const text of texts) await bus.publish(subject, text, { id: Bun.randomUUIDv7() });
}

/** A broker with these messages, and a worker on it; each call of `work` handles a batch. */
export async function openBatchWorker(runtime: Runtime, texts: string[]) {
  const metrics = createMetrics();
  const logged: { msg: string; rejections?: object }[] = [];
  const { bus } = await openTestBus(runtime);
  await ensureConsumer(bus, topic, streams);
  await publishMessages(bus, texts);
  const pull = createPull(bus, stream, durable);
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const wiring = { ...runtime, log, metrics, bus, durable };
  const deadLetters = createDeadLetterQueue(wiring);
  const work = async (options: Partial<BatchOptions<BatchEvent>>, messages?: Message[]) =>
    handleBatch(
      { ...wiring, deadLetters, decode, handle: async () => [], ...options },
      messages ?? (await pull()),
    );
  const unacknowledged = async () => {
    await bus.ping();
    return (await bus.client().jsm.consumers.info(stream, durable)).num_ack_pending;
  };
  /** The broker takes an acknowledgement in a while after it has come. */
  const untilUnacknowledged = (count: number) =>
    eventually(`${count} are not acknowledged`, async () => (await unacknowledged()) === count);
  /** The value of a metric by the beginning of its line; undefined where there is none. */
  const metric = async (start: string): Promise<number | undefined> => {
    const line = (await metrics.scrape()).split('\n').find((text) => text.startsWith(start));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };
  return { bus, subject, pull, work, unacknowledged, untilUnacknowledged, metric, logged };
}
