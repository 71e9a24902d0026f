import { pause } from '../../platform/kernel/lifecycle.ts';
import { EcsError } from '../../sdk/core/errors.ts';
import type { EcsOperatorClient } from '../../sdk/operators/client.ts';
import type { WebhookEvents } from '../../sdk/operators/index.ts';
import { talk } from '../ui/output.ts';

type WebhookEventItem = WebhookEvents['items'][number];

const POLL_MS = 500;
const PAGE_SIZE = 100;
/** An event can become visible so long after its time: the end of its statement. */
const LATE_MS = 10_000;

/**
 * Follows the events of a system: asks for those since a little before the newest one, and leaves out the
 * ones that it has had, until the signal aborts. `connect` throws failures that `each` waits out.
 */
export function followEvents(
  { webhooks }: Pick<EcsOperatorClient, 'webhooks'>,
  { since, signal }: { since: string; signal: AbortSignal },
) {
  const startMs = Date.parse(since);
  let newestMs = startMs;
  /** Ids with the newest time when they came, as long as they can come again. */
  const printed = new Map<string, number>();

  const next = async (): Promise<WebhookEventItem[]> => {
    const fromMs = Math.max(startMs, newestMs - LATE_MS);
    const query = { since: new Date(fromMs).toISOString(), page_size: PAGE_SIZE };
    const { items } = await webhooks.events(query, { signal });
    const fresh = items.filter(({ event_id: id }) => !printed.has(id));
    newestMs = Math.max(newestMs, ...fresh.map(({ at }) => Date.parse(at)));
    for (const { event_id: id } of fresh) printed.set(id, newestMs);
    // A full page without anything new is of one moment: the place behind it is the only way on.
    if (fresh.length === 0 && items.length >= PAGE_SIZE)
      newestMs = Date.parse(items.at(-1)?.at ?? '') + LATE_MS;
    for (const [id, atMs] of printed) if (atMs < newestMs - 2 * LATE_MS) printed.delete(id);
    return fresh;
  };

  return {
    async connect(): Promise<void> {
      await webhooks.events({ since: new Date(startMs).toISOString(), page_size: 1 }, { signal });
    },
    async *each(): AsyncGenerator<WebhookEventItem> {
      let isLost = false;
      while (!signal.aborted) {
        try {
          const events = await next();
          if (isLost) talk('connected again');
          isLost = false;
          yield* events;
          if (events.length > 0) continue;
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof EcsError && error.retryable)) throw error;
          if (!isLost) talk(`cannot ask for events: ${error.message}`);
          isLost = true;
        }
        await pause(POLL_MS, signal);
      }
    },
  };
}
