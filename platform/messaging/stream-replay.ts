import { AckPolicy, type ConsumerInfo, DeliverPolicy, type JetStreamManager, nanos, NatsError } from 'nats';
import { durableConfig, infoOrNull } from './streams.ts';
import type { Topic } from './topology.ts';

/**
 * Reprocesses the events that a stream still keeps: after a restore of the database, those stored since its
 * backup was taken. Events that are stored already are not stored again.
 */
export interface KeptSince {
  stream: string;
  /** Messages that came since then. */
  messages: number;
  /** When the oldest message of the stream came; null when it keeps none. */
  oldest: string | null;
  /** Whether the stream keeps all that came since then. */
  complete: boolean;
}

const LOOK_IDLE_MS = 5000;
const ATTEMPTS = 10;
const CONSUMER_EXISTS = new Set([10_013, 10_105, 10_148]);

export async function keptSince(jsm: JetStreamManager, topic: Topic, since: Date): Promise<KeptSince> {
  const { stream } = topic;
  const { state } = await jsm.streams.info(stream);
  const { num_pending: messages } = await lookFrom(jsm, topic, since);
  const isEmpty = state.messages === 0;
  // Nothing has been given up, or only older messages.
  const complete = state.first_seq <= 1 || (!isEmpty && new Date(state.first_ts) <= since);
  const oldest = isEmpty ? null : new Date(state.first_ts).toISOString();
  return { stream, messages, oldest, complete };
}

/**
 * Has the topic's durable consumer begin again at that time, or at its first unacknowledged message where
 * that is older: nothing is passed over.
 */
export async function readAgainSince(jsm: JetStreamManager, topic: Topic, since: Date): Promise<void> {
  const config = durableConfig(topic);
  const { delivered } = await lookFrom(jsm, topic, since);
  const acknowledged = await acknowledgedUpTo(jsm, topic);
  const start = {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.min(delivered.stream_seq, acknowledged) + 1,
  };
  for (let attempt = 1; ; attempt += 1) {
    // Where a consumer begins cannot be changed: it is made anew.
    await jsm.consumers.delete(topic.stream, config.durable_name).catch(ignoreMissing);
    try {
      await jsm.consumers.add(topic.stream, { ...config, ...start });
      return;
    } catch (error) {
      // Its worker has missed it, and was faster.
      if (!exists(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** A consumer that would begin at that time: earlier messages count as delivered. */
async function lookFrom(jsm: JetStreamManager, { stream }: Topic, since: Date): Promise<ConsumerInfo> {
  const look = await jsm.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: since.toISOString(),
    inactive_threshold: nanos(LOOK_IDLE_MS),
  });
  await jsm.consumers.delete(stream, look.name);
  return look;
}

/** The last message up to which nothing is left; 0 when there is no consumer that could have read any. */
async function acknowledgedUpTo(jsm: JetStreamManager, topic: Topic): Promise<number> {
  const info = await infoOrNull(() => jsm.consumers.info(topic.stream, durableConfig(topic).durable_name));
  return info?.ack_floor.stream_seq ?? 0;
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof NatsError && error.code === '404')) throw error;
}

function exists(error: unknown): boolean {
  return error instanceof NatsError && CONSUMER_EXISTS.has(error.jsError()?.err_code ?? 0);
}
