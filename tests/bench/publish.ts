import { connect } from 'nats';
import { readNatsUrl } from '../../platform/addresses/nats.ts';
import { openBus } from '../../platform/messaging/bus.ts';
import { createLog } from '../../platform/kernel/log.ts';
import { createMetrics } from '../../platform/kernel/metrics.ts';
import { ensureStreams } from '../../platform/messaging/streams.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { partitionFor, partitionsOf, type StreamLayout } from '../../platform/messaging/topology.ts';
import { type Bench, type BenchStage, type Measured, quantile } from './bench.ts';

/** Group commit beside one PubAck an event, with as many in flight. */
const IN_FLIGHT = 256;
/** The system has one partition: events in the second are no work for its services. */
const STREAMS: StreamLayout = { replicas: 1, partitions: 2 };
const SPARE = 1;
const USER_ID = userIdOf(SPARE);
const LINE = JSON.stringify({ userId: USER_ID, traceId: '0'.repeat(32), filling: 'x'.repeat(120) });

/** The stream's capacity, headers included. */
const EVENTS_MAX = Math.floor((0.7 * TOPICS.emotions.bytesMax) / LINE.length);

export const publish: Bench = {
  name: 'publish',
  unit: 'events/s',
  split: false,
  against: `one PubAck an event, ${IN_FLIGHT} in flight, events/s`,
  ours: grouped,
  limit: oneByOne,
};

function userIdOf(partition: number): string {
  for (;;) {
    const userId = crypto.randomUUID();
    if (partitionFor(TOPICS.emotions, userId, STREAMS) === partition) return userId;
  }
}

function spareTopic() {
  const topic = partitionsOf(TOPICS.emotions, STREAMS)[SPARE];
  if (!topic) throw new Error(`there is no partition ${SPARE}`);
  return topic;
}

/** Runs so many at a time for so long, or until the stream is full; how long each took, in ms. */
async function hammer(
  secondsMax: number,
  work: () => Promise<unknown>,
): Promise<{ waits: number[]; perSecond: number }> {
  const waits: number[] = [];
  const startedMs = performance.now();
  const endsMs = startedMs + secondsMax * 1000;
  const lane = async (): Promise<void> => {
    for (let now = startedMs; now < endsMs && waits.length < EVENTS_MAX; ) {
      await work();
      const doneMs = performance.now();
      waits.push(doneMs - now);
      now = doneMs;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return { waits, perSecond: (waits.length * 1000) / (performance.now() - startedMs) };
}

async function grouped({ system, ...stage }: BenchStage): Promise<Measured> {
  const log = createLog({ name: 'bench', level: 'silent' });
  const url = system.natsUrl;
  const bus = openBus({ url, name: 'bench', streams: STREAMS, log, metrics: createMetrics() });
  try {
    await bus.connected(5000);
    const { waits, perSecond } = await hammer(stage.seconds, () =>
      bus.publishEvent('emotions', { userId: USER_ID, line: LINE }),
    );
    return {
      value: perSecond,
      p50Ms: quantile(waits, 0.5),
      p99Ms: quantile(waits, 0.99),
      count: waits.length,
    };
  } finally {
    await bus.client().jsm.streams.purge(spareTopic().stream);
    await bus.close();
  }
}

async function oneByOne({ system, ...stage }: BenchStage): Promise<number> {
  const { subject, stream } = spareTopic();
  const connection = await connect(readNatsUrl(system.natsUrl));
  try {
    const js = connection.jetstream();
    await ensureStreams(await connection.jetstreamManager(), STREAMS);
    const { perSecond } = await hammer(stage.seconds, () => js.publish(subject, LINE));
    return perSecond;
  } finally {
    const jsm = await connection.jetstreamManager();
    await jsm.streams.purge(stream);
    await connection.close();
  }
}
