import { connect } from 'nats';
import { openBus } from '../../platform/bus.ts';
import { createLog } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { TOPICS } from '../../platform/topology.ts';
import { type Bench, type BenchStage, type Measured, quantile } from './bench.ts';

/** Group commit beside one PubAck an event, with as many in flight. */
const IN_FLIGHT = 256;
/** The stream holds 256 MiB, which is not much longer. */
const SECONDS_MAX = 2;
const LINE = JSON.stringify({
  userId: crypto.randomUUID(),
  traceId: '0'.repeat(32),
  filling: 'x'.repeat(120),
});

/** Runs so many at a time for so long; how long each took, in ms. */
async function hammer(seconds: number, work: () => Promise<unknown>): Promise<number[]> {
  const waits: number[] = [];
  const endsMs = performance.now() + seconds * 1000;
  const lane = async (): Promise<void> => {
    for (let now = performance.now(); now < endsMs; now = performance.now()) {
      await work();
      waits.push(performance.now() - now);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return waits;
}

async function grouped({ system, ...stage }: BenchStage): Promise<Measured> {
  const seconds = Math.min(stage.seconds, SECONDS_MAX);
  const log = createLog({ name: 'bench', level: 'silent' });
  const url = system.natsUrl;
  const bus = openBus({ url, name: 'bench', streams: null, log, metrics: createMetrics() });
  try {
    await bus.connected(5000);
    // Nobody consumes notifications: the events are not ones that a worker would have to park.
    const waits = await hammer(seconds, () =>
      bus.publishEvent('userNotifications', { userId: '', line: LINE }),
    );
    return {
      value: waits.length / seconds,
      p50Ms: quantile(waits, 0.5),
      p99Ms: quantile(waits, 0.99),
      count: waits.length,
    };
  } finally {
    await bus.client().jsm.streams.purge(TOPICS.userNotifications.stream);
    await bus.close();
  }
}

async function oneByOne({ system, ...stage }: BenchStage): Promise<number> {
  const seconds = Math.min(stage.seconds, SECONDS_MAX);
  const connection = await connect({ servers: new URL(system.natsUrl).host });
  try {
    const js = connection.jetstream();
    const waits = await hammer(seconds, () => js.publish(TOPICS.userNotifications.subject, LINE));
    return waits.length / seconds;
  } finally {
    const jsm = await connection.jetstreamManager();
    await jsm.streams.purge(TOPICS.userNotifications.stream);
    await connection.close();
  }
}

export const publish: Bench = {
  name: 'publish',
  unit: 'events/s',
  split: false,
  against: `one PubAck an event, ${IN_FLIGHT} in flight, events/s`,
  ours: grouped,
  limit: oneByOne,
};
