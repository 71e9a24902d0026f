import type { Database } from '../../../platform/data/sql.ts';
import { atMostEvery } from '../../../platform/kernel/at-most-every.ts';
import type { Metrics } from '../../../platform/kernel/metrics.ts';
import { type DecisionSample, watchFigures } from '../../../underwriting/comparison/decision-figures.ts';
import { monotonicMs } from '../../../platform/kernel/monotonic-ms.ts';

/** The newest decisions are compared with those before them. */
const LIVE = 500;
const REFERENCE = 2000;
/** Between two measurements, which read 2,500 decisions. */
const EVERY_MS = 30_000;

/** Keeps gauges of the newest decisions: the drift of scores and features, and the shares of outcomes. */
export function watchDecisions(deps: { database: Database; metrics: Metrics; now?: () => number }): void {
  const { database, metrics, now = monotonicMs } = deps;
  const gauge = (name: string, help: string, labelNames: string[]) =>
    metrics.gauge({
      name: `ecs_decisions_${name}`,
      help: `${help}, of the newest ${LIVE} decisions`,
      labelNames,
    });
  const psi = gauge(
    'psi',
    `Population stability index of the score and each feature, from the ${REFERENCE} before`,
    ['of'],
  );
  const approved = gauge('approved_ratio', 'Share approved', []);
  const denied = gauge('denied_ratio', 'Share denied by each principal reason', ['reason']);
  const effect = gauge('emotion_effect_ratio', 'Share decided under each emotion effect', ['effect']);

  const measure = async (): Promise<void> => {
    const newest = await selectSamples(database, LIVE + REFERENCE);
    const figures = watchFigures(newest.slice(0, LIVE), newest.slice(LIVE));
    if (figures === null) return;
    for (const [of, value] of Object.entries(figures.psi)) if (value !== null) psi.set({ of }, value);
    approved.set(figures.approved);
    // Else a reason without any more denials would keep its last share.
    for (const [shares, name, target] of [
      [figures.denied, 'reason', denied],
      [figures.effects, 'effect', effect],
    ] as const) {
      target.reset();
      for (const [value, share] of Object.entries(shares)) target.set({ [name]: value }, share);
    }
  };
  metrics.beforeScrape(atMostEvery(EVERY_MS, measure, now));
}

/** The newest decisions, newest first. */
function selectSamples(database: Database, limit: number): Promise<DecisionSample[]> {
  return database.query(
    (sql) => sql<DecisionSample[]>`
      select approved, risk_score::float8 as score, features, reasons->0->>'code' as reason,
        emotion_effect as effect
      from credit_analyses order by created_at desc, id desc limit ${limit}`,
  );
}
