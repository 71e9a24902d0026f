import { TOPICS } from '../../platform/messaging/topics.ts';
import type { Drill, Stage } from './drill.ts';
import { type NatsCluster, startNatsCluster } from './nats-cluster.ts';

/**
 * The broker as a cluster: a fault of one node loses nothing acknowledged, and costs only moments of
 * service. The figures give the longest time without an acknowledgment.
 */
const ROUND_MS = { shortest: 200, longest: 900 };
const FREEZE_MS = 8000;
const PARTITION_MS = 20_000;
/** An election takes up to 9 s, and a client that is cut off with its node searches another. */
const GAP_MS_MAX = 15_000;
const REPLICAS = '3';
const STREAMS = [TOPICS.emotions.stream, TOPICS.transactions.stream, TOPICS.creditOffersApproved.stream];

const leaderKilled = drill(
  'nats-leader-killed',
  'a cluster of three brokers: the node that leads a stream is killed, again and again',
  20_000,
  async (cluster, { faults, random }, isOver) => {
    do {
      const leader = await cluster.leaderOf(random.pick(STREAMS));
      cluster.signal(leader, 'SIGKILL');
      faults.injected += 1;
      await Bun.sleep(random.integer(ROUND_MS.shortest, ROUND_MS.longest));
      await cluster.start(leader);
      // Two dead nodes of three are no fault that a cluster stands: the next one dies when this one is whole.
      await cluster.untilWhole();
    } while (!isOver());
  },
);

const nodeFrozen = drill(
  'nats-node-frozen',
  `a cluster of three brokers: the node that leads the emotions is frozen for ${FREEZE_MS / 1000} s`,
  20_000,
  async (cluster, { faults }) => {
    await Bun.sleep(ROUND_MS.longest);
    const leader = await cluster.leaderOf(TOPICS.emotions.stream);
    faults.injected += 1;
    cluster.signal(leader, 'SIGSTOP');
    await Bun.sleep(FREEZE_MS);
    cluster.signal(leader, 'SIGCONT');
  },
);

const minorityPartitioned = drill(
  'nats-minority-partitioned',
  `a cluster of three brokers: each is cut off from the others for ${PARTITION_MS / 1000} s, its clients are not`,
  40_000,
  async (cluster, { faults }) => {
    await Bun.sleep(ROUND_MS.longest);
    for (const node of cluster.nodes) {
      faults.injected += 1;
      cluster.isolate(node);
      await Bun.sleep(PARTITION_MS);
      cluster.rejoin();
      await cluster.untilWhole();
    }
  },
);

export const CLUSTER_DRILLS = [leaderKilled, nodeFrozen, minorityPartitioned];

function drill(
  name: string,
  summary: string,
  events: number,
  breakCluster: (cluster: NatsCluster, stage: Stage, isOver: () => boolean) => Promise<void>,
): Drill {
  let cluster: NatsCluster | undefined;
  return {
    name,
    summary,
    events,
    async variables(dataDir) {
      cluster = await startNatsCluster(dataDir);
      return { NATS_URL: cluster.url, NATS_REPLICAS: REPLICAS };
    },
    async run(stage) {
      if (!cluster) throw new Error('there is no cluster');
      // The checker reads dead letters where the services put them.
      stage.system.natsUrl = cluster.url;
      await cluster.untilWhole();
      const load = stage.startLoad();
      let over = false;
      const loadEnd = load.done.then(() => {
        over = true;
      });
      const gaps = [watchGap(load.emotions, loadEnd), watchGap(load.transactions, loadEnd)];
      await breakCluster(cluster, stage, () => over);
      await loadEnd;
      await cluster.untilWhole();
      const longestGapMs = Math.max(...(await Promise.all(gaps)));
      stage.claimSpeed(
        `events of each kind were acknowledged every ${GAP_MS_MAX} ms`,
        longestGapMs <= GAP_MS_MAX,
      );
      return { longestGapMs };
    },
    async close() {
      await cluster?.stop();
    },
  };
}

/** The longest time in which nothing of a kind was acknowledged. */
async function watchGap(acknowledged: Set<string>, done: Promise<void>): Promise<number> {
  const over = done.then(() => true);
  let seenCount = 0;
  let since = performance.now();
  let longest = 0;
  while (!(await Promise.race([over, Bun.sleep(10).then(() => false)]))) {
    if (acknowledged.size !== seenCount) {
      seenCount = acknowledged.size;
      since = performance.now();
    }
    longest = Math.max(longest, performance.now() - since);
  }
  return Math.round(longest);
}
