import { bytes, ConfigError, type ConfigOf, integer, natsUrl, oneOf, optional } from '../kernel/config.ts';
import { TOPICS } from './topics.ts';
import { reservedBytes, type StreamLayout } from './topology.ts';

/** Read by all code that makes streams. */
export const LAYOUT_VARIABLES = {
  NATS_URL: natsUrl(),
  /** Replicas of every stream: 1 alone, 3 in a cluster. */
  NATS_REPLICAS: integer(1, 1, 5),
  /** Streams that emotions, and transactions, are spread over by customer. */
  STREAM_PARTITIONS: integer(1, 1, 1024),
  /** Disk that all streams together reserve, before replication: `900MiB`. */
  STREAM_BYTES_TOTAL: optional(bytes()),
} as const;

/** Read by every service that publishes or consumes; the same for all of them. */
export const STREAM_VARIABLES = {
  ...LAYOUT_VARIABLES,
  /** `use` where the service's broker user may make no streams: `stream-keeper` makes them. */
  STREAM_RIGHTS: oneOf('create', 'create', 'use'),
} as const;

/** Room for a few messages of the largest size. */
const STREAM_BYTES_MIN = 8 * 2 ** 20;

/** Throws a ConfigError when the streams would be too small to work with. */
export function streamLayout(
  config: ConfigOf<typeof LAYOUT_VARIABLES> & Partial<ConfigOf<typeof STREAM_VARIABLES>>,
): StreamLayout {
  const layout: StreamLayout = {
    replicas: config.NATS_REPLICAS,
    partitions: config.STREAM_PARTITIONS,
    bytesTotal: config.STREAM_BYTES_TOTAL,
    rights: config.STREAM_RIGHTS ?? 'create',
  };
  const smallest = Math.min(...Object.values(TOPICS).map((topic) => reservedBytes(topic.bytesMax, layout)));
  if (smallest < STREAM_BYTES_MIN)
    throw new ConfigError([
      'STREAM_BYTES_TOTAL is too little: the smallest stream would have less than 8 MiB',
    ]);
  return layout;
}

/** Throws a ConfigError when a partition is named that there is not. */
export function consumedPartitions(config: {
  STREAM_PARTITIONS: number;
  STREAM_PARTITIONS_CONSUMED: number[] | null;
}): number[] | null {
  const { STREAM_PARTITIONS: count, STREAM_PARTITIONS_CONSUMED: consumed } = config;
  if (consumed?.some((partition) => partition >= count)) {
    const range = count === 1 ? 'only partition 0' : `partitions 0 to ${count - 1}`;
    throw new ConfigError([`STREAM_PARTITIONS_CONSUMED: there are ${range} (STREAM_PARTITIONS=${count})`]);
  }
  return consumed;
}
