import { DiscardPolicy } from 'nats';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { DEAD_LETTERS } from '../../platform/messaging/topology.ts';
import type { Drill, Stage } from './drill.ts';
import { KINDS } from './poison.ts';
import { median, timeGoodEvent, timesOf, withDrillBus } from './poison-flood.ts';

const STORED_MS_MAX = 1500;
const GOOD_EVENTS = 20;

interface Health {
  status: string;
  dependencies: Record<string, string>;
}

/** Poison of every kind while its dead letters cannot be published: nothing healthy waits. */
export const deadLettersFull: Drill = {
  name: 'dead-letters-full',
  summary: 'the dead-letter stream takes nothing: what is healthy is stored as ever, the rest when it does',
  events: 2000,
  async run(stage) {
    const { claim, claimSpeed, events, faults, note, customers, random, startLoad } = stage;
    return withDrillBus(stage, async (bus) => {
      const aloneMs = median(await timesOf(GOOD_EVENTS, () => timeGoodEvent(bus, stage)));
      const { streams } = bus.client().jsm;
      const { config } = await streams.info(DEAD_LETTERS.stream);
      await streams.update(config.name, { ...config, discard: DiscardPolicy.New, max_bytes: 100 });
      faults.injected += 1;
      const kinds = Object.values(KINDS);
      const injected = kinds.length * Math.ceil(events / 100);
      for (let index = 0; index < injected; index += 1) {
        const payload = kinds[index % kinds.length]?.(random.pick(customers).id, random.uuid()) ?? '';
        await bus.publish(TOPICS.emotions.subject, payload, { id: random.uuid() });
      }
      const times = await timesOf(GOOD_EVENTS, () => timeGoodEvent(bus, stage));
      const slowestMs = Math.max(...times);
      const load = startLoad();
      await load.done;
      const health = await readinessOf(stage, 'emotion-processing');
      const dependencyState = health.dependencies['emotion-processing dead letters'] ?? '';
      claim(
        'readiness says that dead letters cannot be published',
        dependencyState.startsWith('degraded: cannot be'),
      );
      claim('the worker stays ready', health.code === 200 && health.status === 'ok');
      claimSpeed(`a good event is stored within ${STORED_MS_MAX} ms`, slowestMs <= STORED_MS_MAX);
      note(`stored after ${median(times)} ms, ${slowestMs} ms at most, and ${aloneMs} ms before (median)`);
      await streams.update(config.name, config);
      return { injected, aloneMs, storedMs: median(times), slowestMs };
    });
  },
  deadLetters: ({ injected = 0 }) => injected,
};

async function readinessOf({ system }: Stage, name: string): Promise<Health & { code: number }> {
  const opsUrl = system.state().children.find((child) => child.name === name)?.opsUrl;
  const response = await fetch(`${opsUrl}/readyz`);
  return { ...((await response.json()) as Health), code: response.status };
}
