import { setTimeout as sleep } from 'node:timers/promises';
import type { EcsOperatorClient } from '../../sdk/operators/client.ts';
import type { WebhookDelivery } from '../../sdk/operators/index.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { monotonicMs } from '../../platform/kernel/monotonic-ms.ts';

const POLL_MS = 250;
/** Longer than an attempt may take. */
const OUTCOME_MS = 20_000;

/** Sends a test and waits for its outcome. Throws a CliError when nobody sends it. */
export async function sendTest(
  { webhooks }: Pick<EcsOperatorClient, 'webhooks'>,
  webhookId: string,
): Promise<WebhookDelivery> {
  let delivery = await webhooks.test(webhookId);
  const deadlineMs = monotonicMs() + OUTCOME_MS;
  while (delivery.state === 'pending') {
    if (monotonicMs() > deadlineMs) {
      throw new CliError(
        'the test is still waiting: no service `webhooks` sends',
        EXIT.unreachable,
        'ecs status',
      );
    }
    await sleep(POLL_MS);
    delivery = await webhooks.delivery(webhookId, delivery.delivery_id);
  }
  return delivery;
}
