import { TOPICS } from '../../platform/messaging/topics.ts';
import type { Drill, Stage } from './drill.ts';
import { watchGap } from './gap.ts';
import { type NatsCluster, startNatsCluster } from './nats-cluster.ts';

/**
 * The broker as a cluster: a fault of one node loses nothing acknowledged, and costs only moments of
 * service. The figures give the longest time without an acknowledgment.
 */
const ROUND_MS = { shortest: 200, longest: 900 };
const FREEZE_MS = 8000;
const PARTITION_MS = 20_000;
/** A client that is cut off with its node searches another, and no node of a minority takes anything. */
const GAP_MS_MAX = 15_000;
/** Without the leader of a stream, which is missing for up to 9 s, its events go to another partition. */
const GAP_MS_MAX_OF_A_DEATH = 1000;
const REPLICAS = '3';
const PARTITIONS = '3';
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
  GAP_MS_MAX_OF_A_DEATH,
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
  gapMsMax = GAP_MS_MAX,
): Drill {
  let cluster: NatsCluster | undefined;
  return {
    name,
    summary,
    events,
    async variables(dataDir) {
      cluster = await startNatsCluster(dataDir);
      return { NATS_URL: cluster.url, NATS_REPLICAS: REPLICAS, STREAM_PARTITIONS: PARTITIONS };
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
        `events of each kind were acknowledged every ${gapMsMax} ms`,
        longestGapMs <= gapMsMax,
      );
      if (gapMsMax === GAP_MS_MAX_OF_A_DEATH)
        stage.claimSpeed('no event was refused', ![...load.refused.keys()].some(isOfBroker));
      return { longestGapMs, slowestEventMs: load.slowestMs() };
    },
    async close() {
      await cluster?.stop();
    },
  };
}

const isOfBroker = (problem: string) => problem === '503 broker_unavailable';
