import type { JetStreamManager } from 'nats';
import { orNull } from './broker-errors.ts';
import type { Bus } from './bus.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import { startLoop } from '../kernel/loop.ts';
import type { MessagingService, Topic } from './topic.ts';

/**
 * A stream rejects messages that it has no room for (`discard: new`), and stored events need no room in it:
 * when it is half full, the older half goes of the messages that every consumer has acknowledged, bystanders
 * aside. The rest stays for a while, to be inspected.
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
  const { config, state } = await jsm.streams.info(topic.stream);
  if (state.bytes <= FULL_SHARE * config.max_bytes) return 0;
  // A bystander, such as the challenger, may be down for days: the stream must not fill up for its sake.
  const isWaitedFor = (durable: MessagingService) => !topic.bystanders?.includes(durable);
  const floors = await Promise.all(
    topic.durables.filter(isWaitedFor).map(async (durable) => {
      // A service that was never started keeps nothing back.
      const info = await orNull(() => jsm.consumers.info(topic.stream, durable));
      return info?.ack_floor.stream_seq ?? Infinity;
    }),
  );
  const next = Math.min(...floors) + 1;
  if (next === Infinity) return 0;
  const seq = Math.ceil((state.first_seq + next) / 2);
  if (seq <= state.first_seq || seq > next) return 0;
  return (await jsm.streams.purge(topic.stream, { seq })).purged;
}
