import { afterAll, expect, test } from 'bun:test';
import { startNatsCluster } from '../../tests/drills/nats-cluster.ts';
import { eventually, temporaryFolder } from '../../tests/harness/engines.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { openBus } from './bus.ts';
import { spreadLeads } from './stream-leads.ts';
import { TOPICS } from './topics.ts';
import { partitionsOf } from './topology.ts';

const LONG_MS = 60_000;
const LAYOUT = { replicas: 3, partitions: 3 };
const runtime = createTestRuntime();
let stop: (() => Promise<void>) | undefined;
afterAll(() => stop?.());

test(
  'partitions that one server leads get a second leader, and no other stream changes its own',
  async () => {
    const cluster = await startNatsCluster(temporaryFolder());
    stop = cluster.stop;
    const bus = openBus({ url: cluster.url, name: 'test', streams: LAYOUT, ...runtime });
    runtime.lifecycle.onDrain('bus', bus.close);
    await bus.connected(LONG_MS / 2);
    const topic = TOPICS.emotions;
    const streams = partitionsOf(topic, LAYOUT).map(({ stream }) => stream);
    const leaders = () => Promise.all(streams.map(cluster.leaderOf));
    const stepDown = (stream: string) =>
      bus.client().connection.request(`$JS.API.STREAM.LEADER.STEPDOWN.${stream}`, '', { timeout: 5000 });
    const [target = ''] = await leaders();
    for (const stream of streams.slice(1)) {
      await eventually(
        `${target} leads ${stream}`,
        async () => (await cluster.leaderOf(stream)) === target || (await stepDown(stream), false),
        LONG_MS / 2,
      );
    }
    expect(new Set(await leaders()).size).toBe(1);

    const moved = await eventually('the leads are spread', () => spreadLeads(bus, topic, LAYOUT));
    expect(streams).toContain(moved);
    await eventually('another server leads it', async () => (await cluster.leaderOf(moved)) !== target);
    expect((await leaders()).filter((leader) => leader === target)).toHaveLength(2);
    expect(await spreadLeads(bus, topic, LAYOUT)).toBeNull();
  },
  LONG_MS,
);
