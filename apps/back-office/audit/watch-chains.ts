import type { Database } from '../../../platform/data/sql.ts';
import { errorFields, type Logger } from '../../../platform/kernel/log.ts';
import type { Lifecycle } from '../../../platform/kernel/lifecycle.ts';
import { startLoop } from '../../../platform/kernel/loop.ts';
import type { Metrics } from '../../../platform/kernel/metrics.ts';
import { selectVerifications } from './verification-store.ts';
import { createStepMaker } from './verify-step.ts';

const LOGGED_FAULTS_MAX = 20;

/** Verifies both chains in the background; the gauges say whether one is broken, and when it was verified. */
export function watchChains(deps: {
  database: Database;
  metrics: Metrics;
  lifecycle: Lifecycle;
  log: Logger;
  everySeconds: number;
}): void {
  const { database, metrics, lifecycle, log, everySeconds } = deps;
  watchVerifications(database, metrics);
  const makeStep = createStepMaker(database, everySeconds);
  for (const chain of ['acts', 'decisions'] as const) {
    startLoop({
      name: `verification of ${chain}`,
      everyMs: everySeconds * 1000,
      lifecycle,
      async work() {
        const faults = await makeStep(chain);
        if (faults.length === 0) return;
        const places = faults.slice(0, LOGGED_FAULTS_MAX);
        log.error({ faults: faults.length, places }, `the chain of ${chain} is broken`);
      },
      onFailure: (error) => log.warn(errorFields(error), `cannot verify the chain of ${chain}`),
    });
  }
}

/** Shows the states of the verifications, as the database has them, at every scrape. */
function watchVerifications(database: Database, metrics: Metrics): void {
  const gauge = (name: string, help: string) =>
    metrics.gauge({ name: `ecs_audit_chain_${name}`, help, labelNames: ['chain'] });
  const broken = gauge('broken', 'Whether rows or links of a chain of hashes differ from what it proves');
  const verified = gauge(
    'verified_timestamp_seconds',
    'Last time that the verification of a chain of hashes came to its end; of none, its start',
  );
  const stepped = gauge('step_timestamp_seconds', 'Last time that links of a chain of hashes were verified');
  metrics.beforeScrape(async () => {
    const states = await selectVerifications(database);
    // A row that somebody has deleted must not keep its last state.
    for (const target of [broken, verified, stepped]) target.reset();
    for (const { chain, faultPosition, startedAt, completedAt, steppedAt } of states) {
      broken.set({ chain }, Number(faultPosition !== null));
      verified.set({ chain }, (completedAt ?? startedAt).getTime() / 1000);
      stepped.set({ chain }, steppedAt.getTime() / 1000);
    }
  });
}
