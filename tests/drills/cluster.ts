import { TOPICS } from '../../platform/messaging/topics.ts';
import type { Drill, Stage } from './drill.ts';
import { watchGap } from './gap.ts';
import { EVENTS_WITHOUT_END } from './load.ts';
import { type NatsCluster, startNatsCluster } from './nats-cluster.ts';

/**
 * The broker as a cluster: a fault of one node loses nothing acknowledged, and costs only moments of
 * service. The figures give the longest time without an acknowledgment.
 */
const ROUND_MS = { shortest: 200, longest: 900 };
/** The others elect leaders, and the node comes back to streams that go on without it. */
const ELECTION_MS = { shortest: 5000, longest: 11_000 };
const ROUNDS = 2;
const FREEZE_MS = 8000;
const PARTITION_MS = 20_000;
/** A client that is cut off with its node searches another, and no node of a minority takes anything. */
const GAP_MS_MAX = 15_000;
/** Without the leader of a stream, which is missing for up to 9 s, its events go to another partition. */
const GAP_MS_MAX_OF_A_DEATH = 1000;
const REPLICAS = '3';
const PARTITIONS = '3';
const STREAMS = [TOPICS.emotions.stream, TOPICS.transactions.stream, TOPICS.creditOffersApproved.stream];

const leaderKilled = drill({
  name: 'nats-leader-killed',
  summary:
    'a cluster of three brokers: the node that leads a stream is killed (--rounds), for a moment or longer',
  rounds: ROUNDS,
  gapMsMax: GAP_MS_MAX_OF_A_DEATH,
  async breakCluster(cluster, { faults, random, rounds, note }) {
    for (let round = 0; round < rounds; round += 1) {
      const leader = await cluster.leaderOf(random.pick(STREAMS));
      const { shortest, longest } = round % 2 === 0 ? ELECTION_MS : ROUND_MS;
      const deadMs = random.integer(shortest, longest);
      note(`${leader} is dead for ${deadMs} ms`);
      cluster.signal(leader, 'SIGKILL');
      faults.injected += 1;
      await Bun.sleep(deadMs);
      await cluster.start(leader);
      // Two dead nodes of three are no fault that a cluster stands: the next one dies when this one is whole.
      await cluster.untilWhole();
    }
  },
});

const nodeFrozen = drill({
  name: 'nats-node-frozen',
  summary: `a cluster of three brokers: the node that leads the emotions is frozen for ${FREEZE_MS / 1000} s`,
  events: 20_000,
  async breakCluster(cluster, { faults }) {
    await Bun.sleep(ROUND_MS.longest);
    const leader = await cluster.leaderOf(TOPICS.emotions.stream);
    faults.injected += 1;
    cluster.signal(leader, 'SIGSTOP');
    await Bun.sleep(FREEZE_MS);
    cluster.signal(leader, 'SIGCONT');
  },
});

const minorityPartitioned = drill({
  name: 'nats-minority-partitioned',
  summary: `a cluster of three brokers: each is cut off from the others for ${PARTITION_MS / 1000} s, its clients are not`,
  events: 40_000,
  async breakCluster(cluster, { faults }) {
    await Bun.sleep(ROUND_MS.longest);
    for (const node of cluster.nodes) {
      faults.injected += 1;
      cluster.isolate(node);
      await Bun.sleep(PARTITION_MS);
      cluster.rejoin();
      await cluster.untilWhole();
    }
  },
});

export const CLUSTER_DRILLS = [leaderKilled, nodeFrozen, minorityPartitioned];

/** With `rounds` the load lasts as long as the faults do, else as long as there are events. */
function drill(kind: {
  name: string;
  summary: string;
  events?: number;
  rounds?: number;
  gapMsMax?: number;
  breakCluster: (cluster: NatsCluster, stage: Stage) => Promise<void>;
}): Drill {
  const { name, summary, events = 0, rounds, gapMsMax = GAP_MS_MAX, breakCluster } = kind;
  let cluster: NatsCluster | undefined;
  return {
    name,
    summary,
    events,
    ...(rounds === undefined ? {} : { rounds }),
    async variables(dataDir) {
      cluster = await startNatsCluster(dataDir);
      return { NATS_URL: cluster.url, NATS_REPLICAS: REPLICAS, STREAM_PARTITIONS: PARTITIONS };
    },
    async run(stage) {
      if (!cluster) throw new Error('there is no cluster');
      // The checker reads dead letters where the services put them.
      stage.system.natsUrl = cluster.url;
      await cluster.untilWhole();
      const over = Promise.withResolvers<void>();
      const load = stage.startLoad(
        rounds === undefined ? {} : { events: EVENTS_WITHOUT_END, until: over.promise },
      );
      const gaps = [watchGap(load.emotions, load.done), watchGap(load.transactions, load.done)];
      await breakCluster(cluster, stage);
      over.resolve();
      await load.done;
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
