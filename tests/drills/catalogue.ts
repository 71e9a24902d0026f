import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FAILPOINTS } from '../../platform/failpoint.ts';
import type { Drill, Stage } from './drill.ts';
import { MODEL_DRILLS } from './model.ts';
import { poison } from './poison.ts';

/** Breaks things, one after the other, for as long as the load runs. */
async function whileLoaded(stage: Stage, breakSomething: () => Promise<void>): Promise<void> {
  const load = stage.startLoad();
  const over = load.done.then(() => true);
  const pending = Promise.resolve(false);
  while (!(await Promise.race([over, pending]))) await breakSomething();
}

const killStorm: Drill = {
  name: 'kill-storm',
  summary: 'any part or engine is killed or frozen, at random, again and again',
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

const brokerWiped: Drill = {
  name: 'broker-wiped',
  summary: "the broker's whole store is gone, between acceptances and their activation",
  events: 200,
  async run(stage) {
    const { faults, sql, offers } = stage;
    // Only acceptances: an event whose only copy was in the store that is wiped is gone by definition.
    const load = stage.startLoad({ events: 0 });
    const worker = faults.freeze('credit-application', 4000);
    await load.done;
    const sent = async () =>
      (await sql`select count(*)::int as n from outbox where sent_at is not null`)[0]?.n === offers.size;
    while (!(await sent())) await Bun.sleep(50);
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
          .map((name) => faults.kill(name)),
      );
    }
    await load.done;
    return {};
  },
};

const rollingRestart: Drill = {
  name: 'rolling-restart',
  summary: 'every part is restarted in turn with SIGTERM under load, twice',
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
  summary: 'Redis is killed again and again, so that it is hardly ever there',
  events: 5000,
  async run(stage) {
    await whileLoaded(stage, async () => {
      await stage.faults.kill('redis');
      await Bun.sleep(150);
    });
    return {};
  },
};

/**
 * A crash at every place of the flows where two awaits meet: once each, in whichever part reaches it first.
 */
const failpoints: Drill[] = FAILPOINTS.map((name) => ({
  name: `crash-at-${name.replace('.', '-')}`,
  summary: `the process that reaches ${name} dies there, in the middle of the flow`,
  events: 300,
  variables: (dataDir) => ({ ECS_FAIL: `${name}@3:${join(dataDir, 'crashed')}` }),
  async run({ startLoad, system }) {
    await startLoad().done;
    return { crashed: existsSync(join(system.dataDir, 'crashed')) ? 1 : 0 };
  },
}));

export const DRILLS: Drill[] = [
  killStorm,
  machineKilled,
  rollingRestart,
  brokerWiped,
  poison,
  duplicates,
  backendsTerminated,
  frozen('postgresql', 10_000),
  frozen('nats', 5000),
  frozen('redis', 5000),
  redisAbsent,
  stopped('emotion-processing'),
  stopped('credit-application'),
  ...MODEL_DRILLS,
  ...failpoints,
];
