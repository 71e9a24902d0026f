import type { ConfigOf } from '../kernel/config.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import type { Logger } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { type Bus, openBus } from './bus.ts';
import { type STREAM_VARIABLES, streamLayout } from './stream-config.ts';
import type { MessagingService } from './topic.ts';
import { type TopicName, topicsPublishedBy } from './topics.ts';
import type { StreamLayout } from './topology.ts';

/** Opens the bus of a service, until its process ends, for the topics that the service publishes. */
export function openServiceBus(
  name: MessagingService,
  config: ConfigOf<typeof STREAM_VARIABLES>,
  { log, metrics, lifecycle }: { log: Logger; metrics: Metrics; lifecycle: Lifecycle },
): { bus: Bus; streams: StreamLayout; topics: TopicName[] } {
  const streams = streamLayout(config);
  const topics = topicsPublishedBy(name);
  const bus = openBus({ url: config.NATS_URL, name, streams, topics, log, metrics });
  lifecycle.onClose(`${name} bus`, bus.close);
  return { bus, streams, topics };
}
