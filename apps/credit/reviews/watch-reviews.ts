import type { Database } from '../../../platform/data/sql.ts';
import type { Metrics } from '../../../platform/kernel/metrics.ts';
import { countOpenReviews } from './review-store.ts';

/** Shows how many reviews wait for an operator, and for how long, at every scrape. */
export function watchReviews({ database, metrics }: { database: Database; metrics: Metrics }): void {
  metrics.beforeScrape(async () => {
    const { open, oldestSeconds } = await countOpenReviews(database);
    metrics.reviewsOpen.set(open);
    metrics.reviewsOldestSeconds.set(oldestSeconds);
  });
}
