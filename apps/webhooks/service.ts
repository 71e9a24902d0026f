import { createServiceConsumers } from '../../platform/consuming/service-consumers.ts';
import { openServiceDatabase } from '../../platform/data/service-data.ts';
import type { Database } from '../../platform/data/sql.ts';
import type { Service } from '../../platform/http/operations.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { type ConfigOf, VARIABLES } from '../../platform/kernel/config.ts';
import { errorFields } from '../../platform/kernel/log.ts';
import { startLoop } from '../../platform/kernel/loop.ts';
import { createLineDecoder } from '../../platform/kernel/validation.ts';
import type { Checked } from '../../sdk/contracts/validation.ts';
import { NotificationMessage } from '../../platform/messaging/decision-messages.ts';
import { openServiceBus } from '../../platform/messaging/service-bus.ts';
import { STREAM_VARIABLES } from '../../platform/messaging/stream-config.ts';
import { OfferApprovedMessage } from '../../platform/messaging/topics.ts';
import { createSecretBox, type SecretBox } from '../../platform/webhooks/webhook-secret.ts';
import { WEBHOOK_VARIABLES } from '../../platform/webhooks/webhook-variables.ts';
import { startDeliveries } from './deliver.ts';
import { insertDeliveries } from './event-store.ts';
import { selectFigures } from './figures-store.ts';
import { resealSecrets } from './reseal-secrets.ts';
import { deleteOldDeliveries, purgeRemoved } from './retention-store.ts';
import { createSendWebhook } from './send-webhook.ts';
import { createWebhookMetrics } from './webhook-metrics.ts';

const NAME = 'webhooks';
const UPKEEP_EVERY_MS = 10 * 60_000;

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
  const handle = async (events: ({ userId: string } | null)[]) => {
    const userIds = new Set(events.flatMap((event) => event?.userId ?? []));
    if (userIds.size > 0) await insertDeliveries(database, [...userIds]);
    return [];
  };
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
  startUpkeep(database, secrets, runtime);
  return {
    name: NAME,
    checks: { nats: bus.ping, postgresql: database.ping, ...consumers.checks() },
    status: async () => ({ ...(await consumers.lags()), webhooks: await selectFigures(database) }),
  };
}

/** Deletes old deliveries, and seals secrets anew after a rotation of SECRET_KEY. */
function startUpkeep(database: Database, secrets: SecretBox, { lifecycle, log }: Runtime): void {
  startLoop({
    name: 'retention of deliveries',
    everyMs: UPKEEP_EVERY_MS,
    lifecycle,
    async work() {
      while (!lifecycle.signal.aborted && (await deleteOldDeliveries(database)) > 0);
      while (!lifecycle.signal.aborted && (await purgeRemoved(database)));
    },
    onFailure: (error) => log.warn(errorFields(error), 'cannot delete old deliveries now'),
  });
  startLoop({
    name: 'seals of secrets',
    everyMs: UPKEEP_EVERY_MS,
    lifecycle,
    work: () => resealSecrets(database, secrets),
    onFailure: (error) => log.warn(errorFields(error), 'cannot seal the secrets of webhooks anew'),
  });
}

/** Decodes an unreadable acceptance as null: its own worker dead-letters it, and no customer is known. */
function leniently<Event>(decode: (line: string) => Checked<Event>): (line: string) => Checked<Event | null> {
  return (line) => {
    const checked = decode(line);
    return checked.ok ? checked : { ok: true, value: null };
  };
}
