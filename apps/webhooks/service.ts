import { createServiceConsumers } from '../../platform/consuming/service-consumers.ts';
import { openServiceDatabase } from '../../platform/data/service-data.ts';
import type { Service } from '../../platform/http/operations.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { type ConfigOf, VARIABLES } from '../../platform/kernel/config.ts';
import { errorFields } from '../../platform/kernel/log.ts';
import { createLineDecoder } from '../../platform/kernel/validation.ts';
import type { Checked } from '../../sdk/contracts/validation.ts';
import { NotificationMessage, OfferApprovedMessage } from '../../platform/messaging/credit-topics.ts';
import { openServiceBus } from '../../platform/messaging/service-bus.ts';
import { STREAM_VARIABLES } from '../../platform/messaging/stream-config.ts';
import { createSecretBox } from '../../platform/webhooks/webhook-secret.ts';
import { WEBHOOK_VARIABLES } from '../../platform/webhooks/webhook-variables.ts';
import { startDeliveries } from './deliver.ts';
import { selectFigures } from './figures-store.ts';
import { createQueueDeliveries } from './queue-deliveries.ts';
import { createSendWebhook } from './send-webhook.ts';
import { startUpkeep } from './start-upkeep.ts';
import { createWebhookMetrics } from './webhook-metrics.ts';

const NAME = 'webhooks';

export const variables = {
  DATABASE_URL: VARIABLES.DATABASE_URL,
  DATABASE_SESSION_URL: VARIABLES.DATABASE_SESSION_URL,
  SQL_POOL_SIZE: VARIABLES.SQL_POOL_SIZE,
  ...STREAM_VARIABLES,
  /** Opens the secrets of endpoints. */
  SECRET_KEY: VARIABLES.SECRET_KEY,
  ...WEBHOOK_VARIABLES,
};

/**
 * Sends events to the endpoints of operators and partners. A message of the outbox names a customer with new
 * events. Each event becomes a delivery, a row, which is sent until its receiver has taken it.
 */
export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  const { log, metrics, lifecycle, failpoint, tls } = runtime;
  const database = openServiceDatabase(NAME, config, runtime);
  const { bus, streams } = openServiceBus(NAME, config, runtime);
  const { countAttempt } = createWebhookMetrics(metrics, () => selectFigures(database));
  const secrets = createSecretBox(config.SECRET_KEY);
  const { wake } = startDeliveries({
    database,
    secrets,
    send: createSendWebhook({ allowed: config.WEBHOOK_ALLOW_NETWORKS, tls }),
    onOutcome: countAttempt,
    lifecycle,
    log,
    failpoint,
  });
  void database.listen('webhooks', wake).catch((error: unknown) => {
    log.warn(errorFields(error), 'cannot listen for deliveries: they are looked for twice a second');
  });
  const handle = createQueueDeliveries({ database });
  const consumers = createServiceConsumers(NAME, { bus, streams, database }, runtime);
  consumers.start('consumer', {
    topic: 'userNotifications',
    decode: createLineDecoder(NotificationMessage),
    handle,
  });
  consumers.start('acceptances', {
    topic: 'creditOffersApproved',
    decode: leniently(createLineDecoder(OfferApprovedMessage)),
    handle,
  });
  startUpkeep({ database, secrets, lifecycle, log });
  return {
    name: NAME,
    checks: { nats: bus.ping, postgresql: database.ping, ...consumers.checks() },
    status: async () => ({ ...(await consumers.lags()), webhooks: await selectFigures(database) }),
  };
}

/** Decodes an unreadable acceptance as null: its own worker dead-letters it, and no customer is known. */
function leniently<Event>(decode: (line: string) => Checked<Event>): (line: string) => Checked<Event | null> {
  return (line) => {
    const checked = decode(line);
    return checked.ok ? checked : { ok: true, value: null };
  };
}
