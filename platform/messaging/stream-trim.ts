import type { JetStreamManager } from 'nats';
import type { Bus } from './bus.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import { startLoop } from '../kernel/loop.ts';
import type { Topic } from './topics.ts';

/**
 * A stream rejects messages that it has no room for (`discard: new`), and stored events need no room in it:
 * the older half of its acknowledged messages goes when the stream is half full. The rest stays for a while,
 * to be inspected.
 */
const FULL_SHARE = 0.5;
const EVERY_MS = 5000;

export function startStreamTrimmer(options: {
  bus: Bus;
  topic: Topic;
  lifecycle: Lifecycle;
  log: Logger;
}): void {
  const { bus, topic, lifecycle, log } = options;
  startLoop({
    name: `trim ${topic.stream}`,
    everyMs: EVERY_MS,
    lifecycle,
    work: () => trimStream(bus.client().jsm, topic),
    onFailure: (error) => log.debug(errorFields(error), 'cannot trim the stream'),
  });
}

/** Returns the number of deleted messages. */
export async function trimStream(jsm: JetStreamManager, topic: Topic): Promise<number> {
  if (topic.durable === null) return 0;
  const { config, state } = await jsm.streams.info(topic.stream);
  if (state.bytes <= FULL_SHARE * config.max_bytes) return 0;
  const { ack_floor } = await jsm.consumers.info(topic.stream, topic.durable);
  const next = ack_floor.stream_seq + 1;
  const seq = Math.ceil((state.first_seq + next) / 2);
  if (seq <= state.first_seq || seq > next) return 0;
  return (await jsm.streams.purge(topic.stream, { seq })).purged;
}
