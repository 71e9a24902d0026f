import { type Bus, openBus } from '../../platform/messaging/bus.ts';
import { createLog } from '../../platform/kernel/log.ts';
import { createMetrics } from '../../platform/kernel/metrics.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { eventually } from '../harness/engines.ts';
import type { Drill, Stage } from './drill.ts';

const FLOOD_PER_EVENT = 50;
const LINES_PER_MESSAGE = 1000;
const STORED_MS_MAX = 1500;
const WORKER = 'emotion-processing';

/** A good event behind a flood of events of unknown users. */
export const poisonFlood: Drill = {
  name: 'poison-flood',
  summary: `a good event behind ${FLOOD_PER_EVENT} times as many events of unknown users is stored in ${STORED_MS_MAX} ms`,
  events: 2000,
  async run(stage) {
    const { claimSpeed, events, faults, note, startLoad } = stage;
    const flood = events * FLOOD_PER_EVENT;
    const figures = await withDrillBus(stage, async (bus) => {
      const aloneMs = median(await timesOf(5, () => timeGoodEvent(bus, stage)));
      await floodUnknown(bus, stage, flood);
      const behindMs = await timeGoodEvent(bus, stage);
      // The same with a worker that has all of it in front of it.
      let stored = Promise.resolve(0);
      await faults.whileFrozen(WORKER, async () => {
        await floodUnknown(bus, stage, flood);
        stored = timeGoodEvent(bus, stage, performance.now());
      });
      return { aloneMs, behindMs, behindAllMs: await stored };
    });
    note(`stored after ${figures.behindMs} ms behind ${flood} events of unknown users that came just before`);
    note(
      `stored after ${figures.behindAllMs} ms behind all ${flood} of them, ${figures.aloneMs} ms without them`,
    );
    claimSpeed(`stored within ${STORED_MS_MAX} ms`, figures.behindMs <= STORED_MS_MAX);
    await startLoad().done;
    return { flood: 2 * flood, ...figures };
  },
  deadLetters: ({ flood = 0 }) => flood,
};

function emotionLine(userId: string, eventId: string): string {
  return JSON.stringify({
    userId,
    timestamp: new Date().toISOString(),
    emotionEvent: { type: 'calm', metrics: { positivity: 0.5, intensity: 0.5, stress_level: 0.5 } },
    eventId,
    traceId: 'drill',
  });
}

export async function withDrillBus<T>({ system }: Stage, work: (bus: Bus) => Promise<T>): Promise<T> {
  const log = createLog({ name: 'drill', level: 'silent' });
  const bus = openBus({ url: system.natsUrl, name: 'drill', streams: null, log, metrics: createMetrics() });
  try {
    await bus.connected(5000);
    return await work(bus);
  } finally {
    await bus.close();
  }
}

/** Publishes events of as many unknown users, each line behind every check of the gateway. */
async function floodUnknown(bus: Bus, { random }: Stage, count: number): Promise<void> {
  for (let from = 0; from < count; from += LINES_PER_MESSAGE) {
    const lines = Array.from({ length: Math.min(LINES_PER_MESSAGE, count - from) }, () =>
      emotionLine(random.uuid(), random.uuid()),
    );
    await bus.publish(TOPICS.emotions.subject, lines.join('\n'), { id: random.uuid() });
  }
}

/** Publishes a good event; returns how long after `since` it is in the database. */
export async function timeGoodEvent(
  bus: Bus,
  { customers, random, sql }: Stage,
  since?: number,
): Promise<number> {
  const eventId = random.uuid();
  const userId = random.pick(customers).id;
  await bus.publish(TOPICS.emotions.subject, emotionLine(userId, eventId), { id: random.uuid() });
  const startedMs = since ?? performance.now();
  await eventually(
    'the good event is stored',
    async () =>
      (await sql`select from emotional_events where id = ${eventId} and user_id = ${userId}`).length > 0,
    120_000,
  );
  return Math.round(performance.now() - startedMs);
}

export const median = (values: number[]) =>
  values.toSorted((first, second) => first - second)[Math.floor(values.length / 2)] ?? 0;

export async function timesOf(count: number, measure: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  while (times.length < count) times.push(await measure());
  return times;
}
