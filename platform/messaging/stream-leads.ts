import type { JetStreamManager } from 'nats';
import type { Bus } from './bus.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import { startLoop } from '../kernel/loop.ts';
import type { Topic } from './topic.ts';
import { partitionsOf, type StreamLayout } from './topology.ts';

/**
 * Spreads the leads of a topic's partitions over the servers of a cluster, so that the death of one of them
 * leaves a stream that takes events at once. Servers that lead after elections hold on to their leads: a
 * server that comes back leads nothing.
 */
const EVERY_MS = 1000;

export function startLeadSpreader(options: {
  bus: Bus;
  topic: Topic;
  streams: StreamLayout;
  lifecycle: Lifecycle;
  log: Logger;
}): void {
  const { bus, topic, streams, lifecycle, log } = options;
  if (streams.replicas === 1 || !topic.isPartitioned || streams.partitions === 1) return;
  startLoop({
    name: `leads of ${topic.stream}`,
    everyMs: EVERY_MS,
    lifecycle,
    async work() {
      const stream = await spreadLeads(bus, topic, streams);
      if (stream) log.info({ stream }, 'one server led all partitions: another leads this one now');
    },
    onFailure: (error) => log.debug(errorFields(error), 'cannot spread the leads'),
  });
}

/**
 * Has one stream choose another leader when one server leads all partitions of the topic; returns its name.
 * Throws while a partition has no leader.
 */
export async function spreadLeads(
  bus: Pick<Bus, 'client'>,
  topic: Topic,
  streams: StreamLayout,
): Promise<string | null> {
  const { connection, jsm } = bus.client();
  const partitions = partitionsOf(topic, streams);
  const leads = await Promise.all(partitions.map(({ stream }) => leadOf(jsm, stream)));
  const [first] = leads;
  if (!first || leads.some(({ leader }) => leader !== first.leader)) return null;
  // A replica that is down or behind is not chosen; without another, the lead would be given up for nothing.
  const moved = leads.findLast(({ heirs }) => heirs > 0);
  if (!moved) return null;
  await connection.request(`$JS.API.STREAM.LEADER.STEPDOWN.${moved.stream}`, '', { timeout: 2000 });
  return moved.stream;
}

/** `heirs`: replicas that have all messages. */
async function leadOf(jsm: JetStreamManager, stream: string) {
  const { cluster } = await jsm.streams.info(stream);
  const heirs = (cluster?.replicas ?? []).filter(({ current, offline }) => current && !offline).length;
  return { stream, leader: cluster?.leader, heirs };
}
