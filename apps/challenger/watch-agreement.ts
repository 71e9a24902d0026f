import type { Database } from '../../platform/data/sql.ts';
import { selectActiveDocuments } from '../../platform/decisions/model-reads.ts';
import { atMostEvery } from '../../platform/kernel/at-most-every.ts';
import type { Metrics } from '../../platform/kernel/metrics.ts';
import { compareModels } from '../../underwriting/comparison/model-comparison.ts';
import { pairStored } from '../../underwriting/comparison/pair-decision.ts';
import { selectPairs } from './store.ts';

const PAIRS = 500;
/** Between two measurements, which read some MB of records. */
const EVERY_MS = 60_000;

/** Keeps gauges of the newest pairs of champion and challenger, each decided by its active policy. */
export function watchAgreement(deps: { database: Database; metrics: Metrics }): void {
  const { database, metrics } = deps;
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    metrics.gauge({
      name: `ecs_challenger_${name}`,
      help: `${help}, of the newest ${PAIRS} decisions`,
      labelNames,
    });
  const pairCount = gauge('pairs', 'Decisions of champion and challenger that are compared');
  const agreement = gauge('agreement_ratio', 'Share of decisions that are the same');
  const flips = gauge('flips', "Decisions that differ, by the challenger's", ['to']);
  const scorePsi = gauge(
    'score_psi',
    "Population stability index from the champion's scores to the challenger's",
  );
  const approved = gauge('approved_ratio', 'Share approved, by model', ['model']);
  const latency = gauge('latency_p95_seconds', "95th percentile of the challenger's response time");

  const measure = async (): Promise<void> => {
    const active = await database.query(selectActiveDocuments);
    const pairs = pairStored(await selectPairs(database, PAIRS), active);
    const comparison = compareModels(pairs, null);
    pairCount.set(comparison.pairs);
    if (comparison.agreement === null) return;
    agreement.set(comparison.agreement);
    flips.set({ to: 'approved' }, comparison.flips.to_approved);
    flips.set({ to: 'denied' }, comparison.flips.to_denied);
    scorePsi.set(comparison.psi.score ?? 0);
    approved.set({ model: 'champion' }, comparison.approved.champion ?? 0);
    approved.set({ model: 'challenger' }, comparison.approved.challenger ?? 0);
    latency.set((comparison.latency_ms.p95 ?? 0) / 1000);
  };
  metrics.beforeScrape(atMostEvery(EVERY_MS, measure));
}
