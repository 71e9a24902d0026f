import { AckPolicy, type ConsumerConfig, type ConsumerInfo, type JetStreamManager, nanos } from 'nats';
import type { Bus } from './bus.ts';
import { orNull } from './broker-errors.ts';
import { requireConsumer } from './inspect.ts';
import { pause } from '../kernel/lifecycle.ts';
import { differs, ensureStreams } from './streams.ts';
import { type ConsumedTopic, CONSUMER_LIMITS, type StreamLayout } from './topology.ts';

const LEADER_MS = 1000;

/**
 * Makes a durable consumer of a topic when it is missing, and anew when it remembers messages that its stream
 * does not have: a broker that lost them with the power numbers the next ones from where it is, and they
 * would be withheld as delivered long ago. Returns whether it was made anew. Where a keeper makes it, throws
 * until it is there.
 */
export async function ensureConsumer(bus: Bus, topic: ConsumedTopic, layout: StreamLayout): Promise<boolean> {
  if (layout.rights === 'use') {
    await requireConsumer(bus, topic);
    return false;
  }
  const { jsm } = bus.client();
  const { stream } = topic;
  const config = durableConfig(topic);
  const existing = await orNull(() => jsm.consumers.info(stream, config.durable_name));
  if (existing && differs(config, existing.config)) {
    await jsm.consumers.update(stream, config.durable_name, config);
  }
  if (existing && !(await isAhead(jsm, existing))) return false;
  if (existing) await jsm.consumers.delete(stream, config.durable_name);
  await ensureStreams(jsm, layout);
  await jsm.consumers.add(stream, config);
  return existing !== null;
}

/** Whether a consumer has delivered more than its stream holds. */
async function isAhead(jsm: JetStreamManager, consumer: ConsumerInfo): Promise<boolean> {
  const isBehind = async () => {
    const { state } = await jsm.streams.info(consumer.stream_name);
    return state.last_seq < consumer.delivered.stream_seq;
  };
  if (!(await isBehind())) return false;
  // A new leader of a cluster may still be reading its stream.
  await pause(LEADER_MS);
  return isBehind();
}

/** The durable consumer, as it must be. */
export function durableConfig(topic: ConsumedTopic): Partial<ConsumerConfig> & { durable_name: string } {
  return {
    durable_name: topic.durable,
    filter_subject: topic.subject,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(CONSUMER_LIMITS.ackWaitMs),
    max_deliver: -1,
    max_ack_pending: CONSUMER_LIMITS.ackPendingMax,
  };
}
