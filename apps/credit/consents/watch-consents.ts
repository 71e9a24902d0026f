import type { Database } from '../../../platform/data/sql.ts';
import { atMostEvery } from '../../../platform/kernel/at-most-every.ts';
import type { Metrics } from '../../../platform/kernel/metrics.ts';
import { CONSENT_PURPOSES } from '../../../sdk/contracts/consent.ts';
import { countConsents } from './consent-store.ts';
import { monotonicMs } from '../../../platform/kernel/monotonic-ms.ts';

/** Between two counts, each of which reads every consent. */
const EVERY_MS = 60_000;

/** Keeps a gauge of the customers who have given, and have withdrawn, each consent. */
export function watchConsents(deps: { database: Database; metrics: Metrics; now?: () => number }): void {
  const { database, metrics, now = monotonicMs } = deps;
  const customers = metrics.gauge({
    name: 'ecs_consents',
    help: 'Customers by consent and state: given or withdrawn; those who have not said are not counted',
    labelNames: ['purpose', 'state'],
  });

  const count = async (): Promise<void> => {
    const counts = new Map((await countConsents(database)).map((row) => [row.purpose, row]));
    for (const purpose of CONSENT_PURPOSES) {
      const { given = 0, withdrawn = 0 } = counts.get(purpose) ?? {};
      customers.set({ purpose, state: 'given' }, given);
      customers.set({ purpose, state: 'withdrawn' }, withdrawn);
    }
  };
  metrics.beforeScrape(atMostEvery(EVERY_MS, count, now));
}
