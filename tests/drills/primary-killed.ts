import { findProgram, PROGRAMS } from '../../deploy/local/engines/find.ts';
import { canInstall } from '../../deploy/local/engines/install.ts';
import { createCustomers, createOffers } from './customers.ts';
import type { Drill, Stage } from './drill.ts';
import { watchGap } from './gap.ts';
import { EVENTS_WITHOUT_END, type Load } from './load.ts';
import { insist, type NightStage, openNight } from './night/night-stage.ts';
import { eventually } from '../harness/engines.ts';
import { type PatroniCluster, startPatroniCluster } from './patroni-cluster.ts';

/**
 * The primary dies for good: its server and its Patroni are killed and come back only after the standby has
 * taken over. Events, acceptances and analyses go on all the time.
 */
const ANALYSES_BACK_MS_MAX = 15_000;
/** Events wait in the broker while there is no primary. */
const EVENT_GAP_MS_MAX = 1000;
const STALL_MS = 12_000;
const STALL_GAP_MS_MAX = 5000;
const OFFERS_A_KILL = 20;
/** Patroni's own limit for a standby that takes over is a fourth of it. */
const LEAD_BYTES = 4 * 1024 * 1024;
/** A standby that hangs for as long as a lead lasts takes over nothing. */
const LEAD_MS_MAX = 3000;
const CUSTOMERS_AT_ONCE = 100;
const ANALYSIS_LANES = 2;
/** Without them the load leaves Patroni no CPU. */
const EVENT_LANES = 4;
/** Before a kill every lane waits for the frozen standby: a higher rate has no more on its way then. */
const PAUSE_MS = 150;

export const primaryKilled = createDrill();

function createDrill(): Drill {
  let cluster: PatroniCluster | undefined;
  return {
    name: 'postgresql-primary-killed',
    summary: 'PostgreSQL under Patroni: the primary is killed (--rounds), its standby takes over, it rejoins',
    events: 0,
    rounds: 10,
    impossible() {
      const missing = [PROGRAMS.patroni, PROGRAMS.etcd, PROGRAMS.pgRewind].filter(
        (program) => !findProgram(program),
      );
      if (missing.length === 0 || canInstall()) return null;
      return `it needs ${missing.map(({ name }) => name).join(', ')}`;
    },
    async given(dataDir) {
      cluster = await startPatroniCluster(dataDir);
      return { databaseUrl: cluster.url };
    },
    async run(stage) {
      if (!cluster) throw new Error('there is no cluster');
      const night = openNight(stage);
      const over = Promise.withResolvers<void>();
      const load = stage.startLoad({ events: EVENTS_WITHOUT_END, until: over.promise, lanes: EVENT_LANES });
      const gaps = [watchGap(load.emotions, over.promise), watchGap(load.transactions, over.promise)];
      let isOver = false;
      const analyzing = Array.from({ length: ANALYSIS_LANES }, () => analyzeAll(night, load, () => isOver));
      const rounds: Round[] = [];
      for (let count = 0; count < stage.rounds; count += 1) {
        const round = await killOnce(night, cluster, load);
        stage.note(
          `${round.primary} killed: analyses back after ${round.backMs} ms, rejoined ${round.rejoinMs} ms later`,
        );
        rounds.push(round);
      }
      const stallMs = await stallEtcd(stage, cluster, load);
      isOver = true;
      await Promise.all(analyzing);
      over.resolve();
      await load.done;
      await night.close();
      const longest = (value: (round: Round) => number) => Math.max(...rounds.map(value));
      const figures = {
        kills: stage.rounds,
        backMs: longest(({ backMs }) => backMs),
        rejoinMs: longest(({ rejoinMs }) => rejoinMs),
        stallMs,
        longestGapMs: Math.max(...(await Promise.all(gaps))),
        slowestEventMs: load.slowestMs(),
      };
      claimSpeeds(stage, figures);
      return figures;
    },
    async close() {
      await cluster?.stop();
    },
  };
}

interface Round {
  primary: string;
  /** The longest time without an analysis. */
  backMs: number;
  /** From the start of the killed server until it is a synchronous standby. */
  rejoinMs: number;
}

async function killOnce(stage: NightStage, cluster: PatroniCluster, load: Load): Promise<Round> {
  const { faults, random, query, system } = stage;
  await cluster.untilWhole();
  const primary = await cluster.primary();
  const offers = await insist('offers', () =>
    query(async (sql) =>
      createOffers(sql, random, await createCustomers(system, sql, random, OFFERS_A_KILL)),
    ),
  );
  const whole = Promise.withResolvers<void>();
  const gap = watchGap(load.analyses, whole.promise);
  const accepting = load.accept(offers);
  await Bun.sleep(random.integer(0, 200));
  faults.injected += 1;
  // Of what the primary commits now the standby has nothing: nothing of it may be acknowledged.
  cluster.signalStandbyOf(primary, 'SIGSTOP');
  await writeAhead(stage, cluster);
  await Bun.sleep(random.integer(0, 1000));
  cluster.kill(primary);
  cluster.signalStandbyOf(primary, 'SIGCONT');
  await insist('a primary', () => query((sql) => sql`select 1`));
  await accepting;
  const startedMs = performance.now();
  cluster.start(primary);
  await cluster.untilWhole();
  whole.resolve();
  return { primary, backMs: await gap, rejoinMs: Math.round(performance.now() - startedMs) };
}

/**
 * Writes WAL whose commit waits for no standby, as that of a vacuum, and has Patroni notice it where there is
 * time.
 */
async function writeAhead({ query }: NightStage, cluster: PatroniCluster): Promise<void> {
  await insist('WAL', () =>
    query((sql) => sql`select pg_logical_emit_message(false, 'drill', repeat('x', ${LEAD_BYTES}::int))`),
  );
  const isBehind = () => cluster.isBehind(LEAD_BYTES / 2);
  await eventually('the standby is behind', isBehind, LEAD_MS_MAX).catch(() => {});
}

/**
 * Freezes etcd for longer than the lead lasts: the primary goes on, since its standby still responds to it.
 * Returns the longest time without an analysis.
 */
async function stallEtcd({ claim, faults }: Stage, cluster: PatroniCluster, load: Load): Promise<number> {
  await cluster.untilWhole();
  const primary = await cluster.primary();
  const over = Promise.withResolvers<void>();
  const gap = watchGap(load.analyses, over.promise);
  faults.injected += 1;
  cluster.signalEtcd('SIGSTOP');
  await Bun.sleep(STALL_MS);
  cluster.signalEtcd('SIGCONT');
  await cluster.untilWhole();
  over.resolve();
  claim('the primary stays while etcd is down', (await cluster.primary()) === primary);
  return gap;
}

/** Analyzes new customers, one after the other. */
async function analyzeAll(stage: NightStage, load: Load, isOver: () => boolean): Promise<void> {
  const { query, random, system } = stage;
  while (!isOver()) {
    const step = () => query((sql) => createCustomers(system, sql, random, CUSTOMERS_AT_ONCE));
    for (const customer of await insist('customers', step)) {
      if (isOver()) return;
      await load.analyze(customer);
      await Bun.sleep(PAUSE_MS);
    }
  }
}

function claimSpeeds(
  { claimSpeed }: Stage,
  figures: { backMs: number; stallMs: number; longestGapMs: number },
): void {
  const { backMs, stallMs, longestGapMs } = figures;
  claimSpeed(`analyses were back in ${ANALYSES_BACK_MS_MAX} ms`, backMs <= ANALYSES_BACK_MS_MAX);
  claimSpeed(`analyses went on within ${STALL_GAP_MS_MAX} ms without etcd`, stallMs <= STALL_GAP_MS_MAX);
  claimSpeed(
    `events of each kind were acknowledged every ${EVENT_GAP_MS_MAX} ms`,
    longestGapMs <= EVENT_GAP_MS_MAX,
  );
}
