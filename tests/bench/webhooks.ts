import { insertDeliveries } from '../../apps/webhooks/event-store.ts';
import { openDatabase } from '../../platform/data/sql.ts';
import { createLog } from '../../platform/kernel/log.ts';
import { createSecretBox, createWebhookSecret, signWebhook } from '../../platform/webhooks/webhook-secret.ts';
import { startWebhookReceiver, storeEndpoint, storeEvents } from '../harness/webhook-receiver.ts';
import { type Bench, type BenchStage, FEATURE_STAGE, type Measured, median, quantile } from './bench.ts';

/** Deliveries to one receiver, beside signed requests to it with as many at once. */
const CUSTOMERS_PER_SECOND = 20;
const EVENTS_PER_CUSTOMER = 4;
const AT_ONCE = 8;

export const webhooks: Bench = {
  name: 'webhook-deliveries',
  unit: 'deliveries/s',
  ...FEATURE_STAGE,
  against: `bare signed requests, ${AT_ONCE} at once`,
  ours: delivered,
  limit: requested,
};

/** From the rows of the deliveries until the receiver has all of them, each customer's in order. */
async function delivered({ system, seconds }: BenchStage): Promise<Measured> {
  const log = createLog({ name: 'bench', level: 'silent' });
  const database = openDatabase({ url: system.databaseUrl, name: 'bench', poolSize: 2, log });
  const receiver = startWebhookReceiver();
  const arrivedMs: number[] = [];
  receiver.respond = () => {
    arrivedMs.push(performance.now());
    return new Response('ok');
  };
  try {
    const { id } = await storeEndpoint(database, createSecretBox(system.secretKey), receiver);
    const userIds: string[] = [];
    while (userIds.length < CUSTOMERS_PER_SECOND * seconds) {
      // An event more than its notifications: the acceptance.
      userIds.push((await storeEvents(database, EVENTS_PER_CUSTOMER - 1)).userId);
    }
    const startedMs = performance.now();
    await insertDeliveries(database, userIds);
    const count = userIds.length * EVENTS_PER_CUSTOMER;
    while (arrivedMs.length < count) await Bun.sleep(5);
    const waits = arrivedMs.map((ms) => ms - startedMs);
    await database.query(
      (sql) => sql`
        update webhook_endpoints set removed_at = now(), state = 'disabled', disabled_by = 'act' where id = ${id}`,
    );
    const value = (count * 1000) / (waits.at(-1) ?? Number.NaN);
    return { value, p50Ms: median(waits), p99Ms: quantile(waits, 0.99), count };
  } finally {
    await receiver.stop();
    await database.close();
  }
}

async function requested({ seconds }: BenchStage): Promise<number> {
  const receiver = startWebhookReceiver();
  const secret = createWebhookSecret();
  const payload = JSON.stringify({ type: 'limit.closed', data: { user_id: crypto.randomUUID() } });
  const startedMs = performance.now();
  let count = 0;
  const lane = async (): Promise<void> => {
    for (let now = Date.now(); performance.now() - startedMs < seconds * 1000; now = Date.now()) {
      const headers = signWebhook({ id: crypto.randomUUID(), payload, at: new Date(now) }, [secret]);
      const response = await fetch(receiver.url, { method: 'POST', headers, body: payload });
      await response.text();
      count += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return (count * 1000) / (performance.now() - startedMs);
  } finally {
    await receiver.stop();
  }
}
