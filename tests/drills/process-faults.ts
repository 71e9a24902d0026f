import { type Drill, loadDuring, type Stage } from './drill.ts';
import type { Load } from './load.ts';
import { storm } from './storm.ts';

/** Services and engines that are killed, frozen, restarted or absent under load. */
export const killStorm: Drill = {
  name: 'kill-storm',
  summary: 'any service or engine is killed or frozen, at random, again and again',
  events: 20_000,
  async run(stage) {
    const load = stage.startLoad();
    await storm(stage, load.done, { pauseMs: [100, 700], freezeMs: [200, 1500] });
    return {};
  },
};

export const killStormPartitioned: Drill = {
  ...killStorm,
  name: 'kill-storm-partitioned',
  summary: 'the same with four streams for emotions and four for transactions',
  variables: () => ({ STREAM_PARTITIONS: '4' }),
};

export const killStormReplicated: Drill = {
  ...killStorm,
  name: 'kill-storm-replicated',
  summary: 'the same with two or three processes of each service of the flow, which share its port',
  replicas: {
    gateway: 3,
    'emotion-ingestion': 2,
    'transaction-ingestion': 2,
    'emotion-processing': 2,
    'transaction-processing': 2,
    credit: 2,
    'credit-application': 2,
  },
};

export const machineKilled: Drill = {
  name: 'machine-killed',
  summary: 'every process is killed at once, and comes back in whatever order (--rounds)',
  events: 10_000,
  rounds: 3,
  async run(stage) {
    const { faults, random, rounds } = stage;
    const load = stage.startLoad();
    for (let round = 0; round < rounds; round += 1) {
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

export const rollingRestart: Drill = {
  name: 'rolling-restart',
  summary: 'every service is restarted in turn with SIGTERM under load, again and again (--rounds)',
  events: 0,
  rounds: 2,
  async run(stage) {
    const { faults, rounds } = stage;
    await loadDuring(stage, async () => {
      for (let round = 0; round < rounds; round += 1) {
        for (const name of faults.names('service')) await faults.restart(name);
      }
    });
    return {};
  },
};

export const backendsTerminated: Drill = {
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

export const redisAbsent: Drill = {
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

export function frozen(name: string, ms: number, events = 10_000): Drill {
  return {
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
  };
}

export function stopped(name: string): Drill {
  return {
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
  };
}

export function keptDown(name: string, ms: number): Drill {
  return {
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
  };
}

/** Breaks things, one after the other, for as long as the load runs. */
async function whileLoaded(stage: Stage, breakSomething: () => Promise<void>): Promise<void> {
  const load = stage.startLoad();
  const over = load.done.then(() => true);
  const pending = Promise.resolve(false);
  while (!(await Promise.race([over, pending]))) await breakSomething();
}
