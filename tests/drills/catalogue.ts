import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'nats';
import { readNatsUrl } from '../../platform/addresses/nats.ts';
import { FAILPOINTS, type FailpointName } from '../../platform/kernel/failpoint.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { eventually } from '../harness/engines.ts';
import type { Drill, Stage } from './drill.ts';
import type { Load } from './load.ts';
import { CLUSTER_DRILLS } from './cluster.ts';
import { freshAnalyses } from './fresh-analyses.ts';
import { deadLettersFull } from './dead-letters-full.ts';
import { greedyBatches } from './greedy-batches.ts';
import { loginAttack } from './login-attack.ts';
import { MODEL_DRILLS } from './model.ts';
import { OPEN_STREAMS } from './open-streams.ts';
import { overload } from './overload.ts';
import { poison } from './poison.ts';
import { poisonFlood } from './poison-flood.ts';
import { powerCut } from './power-cut.ts';
import { SLOW_BODIES } from './slow-bodies.ts';
import { connectionsReset } from './resets.ts';

/** Breaks things, one after the other, for as long as the load runs. */
async function whileLoaded(stage: Stage, breakSomething: () => Promise<void>): Promise<void> {
  const load = stage.startLoad();
  const over = load.done.then(() => true);
  const pending = Promise.resolve(false);
  while (!(await Promise.race([over, pending]))) await breakSomething();
}

const killStorm: Drill = {
  name: 'kill-storm',
  summary: 'any service or engine is killed or frozen, at random, again and again',
  events: 20_000,
  async run(stage) {
    const { faults, random } = stage;
    await whileLoaded(stage, async () => {
      await Bun.sleep(random.integer(100, 700));
      const name = random.pick([...faults.names('service'), ...faults.names('engine')]);
      if (random.next() < 0.7) await faults.kill(name);
      else await faults.freeze(name, random.integer(200, 1500));
    });
    return {};
  },
};

const killStormPartitioned: Drill = {
  ...killStorm,
  name: 'kill-storm-partitioned',
  summary: 'the same with four streams for emotions and four for transactions',
  variables: () => ({ STREAM_PARTITIONS: '4' }),
};

const brokerWiped: Drill = {
  name: 'broker-wiped',
  summary: "the broker's whole store is gone, between acceptances and their activation",
  events: 200,
  async run(stage) {
    const { faults, sql, offers } = stage;
    // Only acceptances: an event with its only copy in the wiped store is gone by definition.
    const load = stage.startLoad({ events: 0 });
    const worker = faults.freeze('credit-application', 4000);
    await load.done;
    const countSent = async () =>
      (await sql`select count(*)::int as n from outbox where sent_at is not null`)[0]?.n === offers.size;
    while (!(await countSent())) await Bun.sleep(50);
    await faults.wipeBroker();
    await worker;
    return {};
  },
};

const backendsTerminated: Drill = {
  name: 'backends-terminated',
  summary: "PostgreSQL's backends are terminated in a storm",
  events: 20_000,
  async run(stage) {
    const { faults, random, sql } = stage;
    await whileLoaded(stage, async () => {
      await Bun.sleep(random.integer(10, 60));
      const rows = await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and random() < 0.5`.catch(() => []);
      faults.injected += rows.length;
    });
    return {};
  },
};

const duplicates: Drill = {
  name: 'duplicates',
  summary: 'every event is sent three times, shuffled',
  events: 5000,
  async run(stage) {
    await stage.startLoad({ copies: 3 }).done;
    return {};
  },
};

const frozen = (name: string, ms: number, events = 10_000): Drill => ({
  name: `${name}-frozen`,
  summary: `${name} is frozen for ${ms / 1000} s under load`,
  events,
  async run(stage) {
    const load = stage.startLoad();
    await Bun.sleep(500);
    await stage.faults.freeze(name, ms);
    await load.done;
    return {};
  },
});

const stopped = (name: string): Drill => ({
  name: `${name}-killed`,
  summary: `${name} is killed ten times under load`,
  events: 10_000,
  async run(stage) {
    const load = stage.startLoad();
    for (let round = 0; round < 10; round += 1) {
      await Bun.sleep(stage.random.integer(200, 900));
      await stage.faults.kill(name);
    }
    await load.done;
    return {};
  },
});

const machineKilled: Drill = {
  name: 'machine-killed',
  summary: 'every process is killed at once, and comes back in whatever order',
  events: 10_000,
  async run(stage) {
    const { faults, random } = stage;
    const load = stage.startLoad();
    for (let round = 0; round < 3; round += 1) {
      await Bun.sleep(random.integer(500, 1500));
      await Promise.all(
        random
          .shuffle([...faults.names('engine'), ...faults.names('service')])
          // Each returns at its own time, in any order.
          .map((name) => faults.keepDown(name, random.integer(0, 3000))),
      );
    }
    await load.done;
    return {};
  },
};

const rollingRestart: Drill = {
  name: 'rolling-restart',
  summary: 'every service is restarted in turn with SIGTERM under load, twice',
  events: 20_000,
  async run(stage) {
    const { faults } = stage;
    const load = stage.startLoad();
    for (let round = 0; round < 2; round += 1) {
      for (const name of faults.names('service')) await faults.restart(name);
    }
    await load.done;
    return {};
  },
};

const redisAbsent: Drill = {
  name: 'redis-absent',
  summary: 'Redis is not there when the services start, and does not come',
  events: 5000,
  async run({ faults, random, startLoad }) {
    let load: Load | undefined;
    await faults.killWhile(['redis'], async () => {
      for (const name of random.shuffle(faults.names('service'))) await faults.kill(name);
      load = startLoad();
      await load.done;
    });
    return { analysed: load?.analyses.size ?? 0 };
  },
};

const keptDown = (name: string, ms: number): Drill => ({
  name: `${name}-down`,
  summary: `${name} is down for ${ms / 1000} s under load`,
  events: 10_000,
  async run({ faults, startLoad }) {
    const load = startLoad();
    await Bun.sleep(500);
    await faults.keepDown(name, ms);
    await load.done;
    return {};
  },
});

const streamFull: Drill = {
  name: 'stream-full',
  summary: 'the stream of emotions has no room: those are refused, acceptances and transactions go on',
  events: 3000,
  async run({ claim, events, faults, offers, startLoad, system }) {
    const connection = await connect(readNatsUrl(system.natsUrl));
    try {
      const { streams } = await connection.jetstreamManager();
      const { config, state } = await streams.info(TOPICS.emotions.stream);
      // Room for a few: the events before the last byte must be kept.
      await streams.update(config.name, { ...config, max_bytes: state.bytes + 20_000 });
      faults.injected += 1;
      const load = startLoad();
      await eventually(
        'transactions and acceptances go on',
        () => load.transactions.size >= events / 5 && load.accepted.size === offers.size,
        30_000,
      );
      const refused = load.refused.get('503 stream_full') ?? 0;
      claim('a full stream refuses', refused > 0);
      claim('a full stream does not take what it has no room for', load.emotions.size < 500);
      await streams.update(config.name, config);
      await load.done;
      return { refused };
    } finally {
      await connection.close();
    }
  },
};

/**
 * A crash at every place of the flows where two awaits meet: once each, in whichever service gets there first.
 */
function crashAt(
  name: string,
  summary: string,
  places: readonly FailpointName[],
  events: number,
  turn = 2,
): Drill {
  const fileOf = (dataDir: string, place: string) => join(dataDir, `crashed-${place}`);
  return {
    name,
    summary,
    events,
    variables: (dataDir) => ({
      ECS_FAIL: places.map((place) => `${place}@${turn}:${fileOf(dataDir, place)}`).join(','),
    }),
    async run({ claim, startLoad, system }) {
      await startLoad().done;
      const allExist = () => places.every((place) => existsSync(fileOf(system.dataDir, place)));
      // The last of them may be reached after the last response only.
      for (let waits = 0; waits < 100 && !allExist(); waits += 1) await Bun.sleep(100);
      for (const place of places) claim(`reached ${place}`, existsSync(fileOf(system.dataDir, place)));
      return { crashes: places.length };
    },
  };
}

const failpoints: Drill[] = [
  crashAt(
    'crash-everywhere',
    `a process dies at each of the ${FAILPOINTS.length} places where a flow could be torn`,
    FAILPOINTS,
    600,
  ),
  crashAt(
    'crash-in-acceptance',
    'the same with nothing but acceptances, so that each crash hits one',
    FAILPOINTS.filter((place) => place !== 'ingest.published'),
    0,
  ),
  ...FAILPOINTS.map((place) =>
    crashAt(
      `crash-at-${place.replace('.', '-')}`,
      `the process that reaches ${place} dies there, in the middle of the flow`,
      [place],
      300,
      // An odd one: a control that adds a place in front of the real one is then hit at its own.
      3,
    ),
  ),
];

export const DRILLS: Drill[] = [
  killStorm,
  killStormPartitioned,
  machineKilled,
  rollingRestart,
  brokerWiped,
  poison,
  poisonFlood,
  deadLettersFull,
  duplicates,
  backendsTerminated,
  frozen('postgresql', 10_000),
  frozen('nats', 5000),
  frozen('redis', 5000),
  redisAbsent,
  freshAnalyses,
  keptDown('postgresql', 20_000),
  keptDown('nats', 10_000),
  streamFull,
  overload,
  ...SLOW_BODIES,
  ...OPEN_STREAMS,
  loginAttack,
  greedyBatches,
  powerCut,
  connectionsReset,
  stopped('emotion-processing'),
  stopped('credit-application'),
  ...MODEL_DRILLS,
  ...CLUSTER_DRILLS,
  ...failpoints,
];
