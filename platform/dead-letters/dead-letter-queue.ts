import type { Bus } from '../messaging/bus.ts';
import type { Message } from '../messaging/message.ts';
import { originOf, publishDeadLetters } from './dead-letter.ts';
import type { Rejection } from './dead-letter-format.ts';
import { createBackoff } from '../kernel/backoff.ts';
import { type Lifecycle, pause } from '../kernel/lifecycle.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';

/**
 * Dead letters on their way to the broker. When they cannot be published, only their own messages wait:
 * those are set aside, not acknowledged, with their ack wait renewed, and published again and again;
 * messages above the bound go back to the broker for a while. All other events are stored and acknowledged
 * as ever.
 */
export interface DeadLetterQueue {
  /** Publishes rejections; returns the messages that must not be acknowledged, since they are set aside. */
  publish(rejections: MessageRejection[]): Promise<Set<Message>>;
  /** Messages that wait here, and whether the last attempt failed. */
  state(): { waiting: number; failing: boolean };
  /** Lines of each source stream that were dead-lettered by this process. */
  published(stream: string): number;
}

/** A line of a message that is to be dead-lettered, or the whole message as line 0. */
export type MessageRejection = Omit<Rejection, 'origin'> & {
  original: Message;
  /** Not to be dead-lettered: it may not be kept. */
  isDropped?: boolean | undefined;
};

const MESSAGES_MAX = 5000;
const BYTES_MAX = 16 * 1024 * 1024;
const RETRY_MS = 200;
/** Longer with each delivery: however many wait at the broker, they take few turns. */
const RETURN_MS = 30_000;
const RETURNS_MAX = 10;

export function createDeadLetterQueue(options: {
  bus: Bus;
  durable: string;
  log: Logger;
  metrics: Metrics;
  lifecycle: Lifecycle;
}): DeadLetterQueue {
  const { bus, durable, log, metrics, lifecycle } = options;
  const waiting = new Map<Message, Rejection[]>();
  const published = new Map<string, number>();
  let bytes = 0;
  let failing = false;

  const publishAll = async (rejections: Rejection[]): Promise<Set<Rejection>> => {
    const { failed, error } = await publishDeadLetters(bus, rejections);
    const unpublished = new Set(failed);
    for (const rejection of rejections) {
      if (unpublished.has(rejection)) continue;
      const { stream } = rejection.origin;
      metrics.deadLettered.inc({ durable, code: rejection.code });
      published.set(stream, (published.get(stream) ?? 0) + 1);
    }
    metrics.consumed.inc({ durable, outcome: 'parked' }, rejections.length - failed.length);
    if (failed.length > 0 && !failing) {
      log.error({ durable, ...errorFields(error) }, 'dead letters cannot be published: their messages wait');
    }
    failing = failed.length > 0;
    return unpublished;
  };

  const setAside = (message: Message, rejections: Rejection[]): void => {
    if (waiting.size >= MESSAGES_MAX || bytes + message.data.byteLength > BYTES_MAX) {
      message.nak(RETURN_MS * Math.min(message.info.deliveryCount, RETURNS_MAX));
      return;
    }
    if (!waiting.has(message)) bytes += message.data.byteLength;
    waiting.set(message, [...(waiting.get(message) ?? []), ...rejections]);
  };

  const retry = async (): Promise<void> => {
    // More may be set aside meanwhile: only these were tried.
    const tried = [...waiting];
    const unpublished = await publishAll(tried.flatMap(([, rejections]) => rejections));
    for (const [message, rejections] of tried) {
      const remaining = rejections.filter((rejection) => unpublished.has(rejection));
      if (remaining.length > 0) {
        message.working();
        waiting.set(message, remaining);
        continue;
      }
      waiting.delete(message);
      bytes -= message.data.byteLength;
      message.ack();
    }
    if (!failing) log.info({ durable }, 'dead letters are published again');
  };

  let retrying = false;
  const retryUntilEmpty = async (): Promise<void> => {
    if (retrying) return;
    retrying = true;
    const backoff = createBackoff({ stepMs: RETRY_MS });
    while (waiting.size > 0 && !lifecycle.signal.aborted) {
      backoff.fail();
      await pause(backoff.delayMs(), lifecycle.signal);
      if (!lifecycle.signal.aborted) await retry();
    }
    retrying = false;
    // Another worker gets the rest at once.
    for (const message of waiting.keys()) message.nak();
    waiting.clear();
    bytes = 0;
  };
  let running: Promise<void> = Promise.resolve();
  lifecycle.onDrain(`dead letters of ${durable}`, () => running);

  return {
    async publish(rejections) {
      const originals = new Map<Rejection, Message>();
      for (const { original, ...rejection } of rejections) {
        originals.set({ ...rejection, origin: originOf(original) }, original);
      }
      if (originals.size === 0) return new Set();
      const messages = [...originals.keys()];
      // While it is known to fail, one attempt at a time is made, and no batch waits for it.
      const unpublished = failing ? new Set(messages) : await publishAll(messages);
      const byMessage = Map.groupBy(unpublished, (rejection) => originals.get(rejection));
      const aside = new Set<Message>();
      for (const [message, rejections] of byMessage) {
        if (!message) continue;
        setAside(message, rejections);
        aside.add(message);
      }
      if (waiting.size > 0 && !retrying) running = retryUntilEmpty();
      return aside;
    },
    state: () => ({ waiting: waiting.size, failing }),
    published: (stream) => published.get(stream) ?? 0,
  };
}
