import { AckPolicy, type Consumer, DeliverPolicy, nanos } from 'nats';
import { type Lifecycle, pause, withDeadline } from '../kernel/lifecycle.ts';
import { problem } from '../kernel/errors.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import type { Bus } from './bus.ts';
import { TOPICS, type TopicName } from './topics.ts';

const READER_IDLE_MS = 10_000;
const FETCH_MS = 1000;
const MESSAGES_PER_FETCH = 1000;
const RETRY_MS = 100;
/** How long a caller waits for the first complete state. */
const LOADING_MS = 1500;

interface KeyedFollower {
  /** Whether the state has been complete once. */
  isLoaded(): boolean;
  /** Resolves once it is; throws AppError 503 when it is not in time. */
  loaded(): Promise<void>;
}

/**
 * Follows a keyed topic: every customer's newest message first, then each that comes. It begins anew, with
 * all of them, whenever the broker has forgotten its reader: after a restart, or with a store that was lost.
 * A message may come twice, and after a newer one.
 */
export function followKeyed(options: {
  bus: Bus;
  topic: TopicName;
  lifecycle: Lifecycle;
  log: Logger;
  visit: (message: unknown) => void;
}): KeyedFollower {
  const { bus, topic, lifecycle, log, visit } = options;
  const { stream } = TOPICS[topic];
  const complete = Promise.withResolvers<void>();
  let isLoaded = false;
  let reconnected = new AbortController();
  bus.onReconnect(() => reconnected.abort());

  const follow = async (): Promise<void> => {
    const consumer = await openReader(bus, stream);
    for (let unread = (await consumer.info()).num_pending; unread > 0; ) {
      const count = await visitNext(consumer, Math.min(unread, MESSAGES_PER_FETCH), visit);
      if (count === 0) throw new Error(`the reader of ${stream} got nothing`);
      unread -= count;
    }
    if (!isLoaded) log.info({ topic }, 'follows the topic');
    isLoaded = true;
    complete.resolve();
    while (!lifecycle.signal.aborted) {
      reconnected = new AbortController();
      const ending = AbortSignal.any([lifecycle.signal, reconnected.signal]);
      const count = await visitNext(consumer, MESSAGES_PER_FETCH, visit, ending);
      // A reader that is gone gets nothing, and no error either.
      if (count === 0 && (await consumer.info()).num_pending > 0) return;
    }
  };

  const run = async (): Promise<void> => {
    while (!lifecycle.signal.aborted) {
      await follow().catch((error: unknown) => log.debug(errorFields(error), 'begins to follow anew'));
      await pause(RETRY_MS, lifecycle.signal);
    }
  };
  void run();

  return {
    isLoaded: () => isLoaded,
    async loaded() {
      await withDeadline(complete.promise, LOADING_MS, `${stream} cannot be read`).catch((cause: unknown) => {
        throw problem('broker_unavailable', { cause });
      });
    },
  };
}

/** A consumer of this process alone, which the broker forgets with the connection. */
async function openReader(bus: Bus, stream: string): Promise<Consumer> {
  const { js, jsm } = bus.client();
  const { name } = await jsm.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.All,
    inactive_threshold: nanos(READER_IDLE_MS),
    mem_storage: true,
  });
  return js.consumers.get(stream, name);
}

/** Returns how many came before the fetch was over. */
async function visitNext(
  consumer: Consumer,
  count: number,
  visit: (message: unknown) => void,
  signal?: AbortSignal,
): Promise<number> {
  const messages = await consumer.fetch({ max_messages: count, expires: FETCH_MS });
  const stop = () => void messages.close();
  signal?.addEventListener('abort', stop, { once: true });
  let visited = 0;
  for await (const message of messages) {
    visited += 1;
    visit(parse(message.string()));
  }
  signal?.removeEventListener('abort', stop);
  return visited;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
