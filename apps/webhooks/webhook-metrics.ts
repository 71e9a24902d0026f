import type { Metrics } from '../../platform/kernel/metrics.ts';
import type { Outcome } from './deliver.ts';
import type { WebhookFigures } from './figures-store.ts';

/** Counts attempts by outcome, and reads the deliveries that wait at every scrape. */
export function createWebhookMetrics(
  metrics: Metrics,
  readFigures: () => Promise<WebhookFigures>,
): { countAttempt(outcome: Outcome): void } {
  const attempts = metrics.counter({
    name: 'ecs_webhook_attempts_total',
    help: 'Attempts to deliver an event to an endpoint, by outcome: delivered, failed or given_up',
    labelNames: ['outcome'],
  });
  for (const outcome of ['delivered', 'failed', 'given_up']) attempts.inc({ outcome }, 0);
  const pending = metrics.gauge({
    name: 'ecs_webhook_pending_deliveries',
    help: 'Deliveries that wait, at most 10,000 of each endpoint',
  });
  const oldest = metrics.gauge({
    name: 'ecs_webhook_oldest_pending_seconds',
    help: 'Age of the oldest delivery that waits, of endpoints that are not disabled',
  });
  const endpoints = metrics.gauge({
    name: 'ecs_webhook_endpoints',
    help: 'Endpoints by state: enabled, failing or disabled',
    labelNames: ['state'],
  });
  metrics.beforeScrape(async () => {
    const { pending: count, oldestSeconds, ...states } = await readFigures();
    pending.set(count);
    oldest.set(oldestSeconds);
    for (const [state, number] of Object.entries(states)) endpoints.set({ state }, number);
  });
  return { countAttempt: (outcome) => attempts.inc({ outcome }) };
}
