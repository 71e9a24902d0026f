import type { Bus } from './bus.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import { startLoop } from '../kernel/loop.ts';
import { ensureConsumer } from './durable-consumer.ts';
import { startLeadSpreader } from './stream-leads.ts';
import { ensureStreams } from './streams.ts';
import { TOPICS } from './topics.ts';
import type { Topic } from './topic.ts';
import { consumptionsOf, partitionsOf, type StreamLayout } from './topology.ts';

/** How long a stream that the broker lost may stay missing. */
const POLL_MS = 500;

/**
 * Makes every stream and every durable consumer: at start, and again whenever one is missing, for instance
 * after the broker lost its store. `check` throws until all are there.
 */
export function startStreamKeeper(options: {
  bus: Bus;
  streams: StreamLayout;
  log: Logger;
  lifecycle: Lifecycle;
}): { check(): Promise<void> } {
  const { bus, streams, log, lifecycle } = options;
  const consumed = Object.values<Topic>(TOPICS)
    .flatMap((topic) => partitionsOf(topic, streams))
    .flatMap(consumptionsOf);
  let failure: unknown = new Error('not ensured yet');

  const ensureAll = async (): Promise<void> => {
    await ensureStreams(bus.client().jsm, streams);
    for (const topic of consumed) {
      if (!(await ensureConsumer(bus, topic, streams))) continue;
      log.warn(
        { stream: topic.stream, durable: topic.durable },
        'the broker lost messages: the consumer begins anew',
      );
    }
  };

  startLoop({
    name: 'stream keeper',
    everyMs: POLL_MS,
    lifecycle,
    async work() {
      await ensureAll();
      if (failure !== null) log.info('all streams and durable consumers are there');
      failure = null;
    },
    onFailure(error) {
      if (String(failure) !== String(error)) log.warn(errorFields(error), 'streams not ensured');
      failure = error;
    },
  });

  for (const topic of Object.values<Topic>(TOPICS))
    startLeadSpreader({ bus, topic, streams, lifecycle, log });

  return {
    async check() {
      if (failure !== null) throw failure;
    },
  };
}
