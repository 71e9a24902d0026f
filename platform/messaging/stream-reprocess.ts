import { AckPolicy, type ConsumerInfo, DeliverPolicy, type JetStreamManager, nanos } from 'nats';
import type { Bus } from './bus.ts';
import { apiCodeOf, orNull } from './broker-errors.ts';
import { durableConfig } from './durable-consumer.ts';
import type { Topic } from './topic.ts';
import type { ConsumedTopic } from './topology.ts';

/**
 * Reprocesses the events that a stream still keeps: after a restore of the database, those stored since its
 * backup was taken. Events that are stored already are not stored again.
 */
interface KeptSince {
  stream: string;
  /** Messages that came since then. */
  messages: number;
  /** When the oldest message of the stream came; null when it keeps none. */
  oldest: string | null;
  /** Whether the stream keeps all that came since then. */
  complete: boolean;
}

const PROBE_IDLE_MS = 5000;
const ATTEMPTS = 10;
const CONSUMER_EXISTS = new Set([10_013, 10_105, 10_148]);

export async function keptSince(bus: Bus, topic: Topic, since: Date): Promise<KeptSince> {
  const { jsm } = bus.client();
  const { stream } = topic;
  const { state } = await jsm.streams.info(stream);
  const { num_pending: messages } = await probeFrom(jsm, topic, since);
  const isEmpty = state.messages === 0;
  // Nothing has been given up, or only older messages.
  const complete = state.first_seq <= 1 || (!isEmpty && new Date(state.first_ts) <= since);
  const oldest = isEmpty ? null : new Date(state.first_ts).toISOString();
  return { stream, messages, oldest, complete };
}

/**
 * Makes a durable consumer begin again at that time, or at its first unacknowledged message where
 * that is older: nothing is passed over. A bystander that runs nowhere gets no consumer, which nobody would
 * read.
 */
export async function reprocessSince(bus: Bus, topic: ConsumedTopic, since: Date): Promise<void> {
  const { jsm } = bus.client();
  const config = durableConfig(topic);
  const consumer = await orNull(() => jsm.consumers.info(topic.stream, config.durable_name));
  if (!consumer && topic.bystanders?.includes(topic.durable)) return;
  const { delivered } = await probeFrom(jsm, topic, since);
  // Of no consumer nothing was read.
  const acknowledged = consumer?.ack_floor.stream_seq ?? 0;
  const start = {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.min(delivered.stream_seq, acknowledged) + 1,
  };
  for (let attempt = 1; ; attempt += 1) {
    // Where a consumer begins cannot be changed: it is made anew.
    await orNull(() => jsm.consumers.delete(topic.stream, config.durable_name));
    try {
      await jsm.consumers.add(topic.stream, { ...config, ...start });
      return;
    } catch (error) {
      // Its worker has missed it, and was faster.
      if (!CONSUMER_EXISTS.has(apiCodeOf(error)) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** A consumer that would begin at that time: earlier messages count as delivered. */
async function probeFrom(jsm: JetStreamManager, { stream }: Topic, since: Date): Promise<ConsumerInfo> {
  const probe = await jsm.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: since.toISOString(),
    inactive_threshold: nanos(PROBE_IDLE_MS),
  });
  // A slow cluster may have dropped it by then, as idle.
  await orNull(() => jsm.consumers.delete(stream, probe.name));
  return probe;
}
