import type { Database } from '../../platform/data/sql.ts';
import type { Failpoint } from '../../platform/kernel/failpoint.ts';
import { type Lifecycle, pause } from '../../platform/kernel/lifecycle.ts';
import { errorFields, type Logger } from '../../platform/kernel/log.ts';
import { type SecretBox, signWebhook } from '../../platform/webhooks/webhook-secret.ts';
import {
  type AttemptEntry,
  type Claim,
  claimLanes,
  endEmptyClaim,
  markDelivered,
  markFailed,
} from './delivery-store.ts';
import type { Attempt, SendWebhook } from './send-webhook.ts';

export type Outcome = 'delivered' | 'failed' | 'given_up';

/** A slow receiver holds no more than these, of each worker. */
const PER_ENDPOINT = 8;
const POLL_MS = 500;
const RETRY_MS = 1000;
const GONE = 410;

/**
 * Delivers all that is due until the process drains: claims lanes, and sends the first delivery of each. A
 * lane has one attempt at a time, so that a customer's events arrive in order. Returns the function that
 * makes it look at once.
 */
export function startDeliveries(deps: {
  database: Database;
  secrets: SecretBox;
  send: SendWebhook;
  onOutcome: (outcome: Outcome) => void;
  lifecycle: Lifecycle;
  log: Logger;
  failpoint: Failpoint;
}): { wake(): void } {
  const { database, lifecycle, log } = deps;
  const busy = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  let woken = Promise.withResolvers<void>();
  const wake = () => woken.resolve();

  const enter = ({ endpointId }: Claim, change: 1 | -1) => {
    const count = (busy.get(endpointId) ?? 0) + change;
    if (count > 0) busy.set(endpointId, count);
    else busy.delete(endpointId);
  };
  const run = async (claim: Claim): Promise<void> => {
    enter(claim, 1);
    try {
      await work(deps, claim);
    } catch (error) {
      // The claim ends by itself, and the delivery is sent again.
      log.warn(errorFields(error), 'cannot keep the outcome of a delivery');
    } finally {
      enter(claim, -1);
      wake();
    }
  };
  const loop = async (): Promise<void> => {
    while (!lifecycle.signal.aborted) {
      woken = Promise.withResolvers<void>();
      let waitMs = POLL_MS;
      try {
        for (const claim of await claimLanes(database, { busy, perEndpoint: PER_ENDPOINT })) {
          const running = run(claim).finally(() => underWay.delete(running));
          underWay.add(running);
        }
      } catch (error) {
        waitMs = RETRY_MS;
        log.debug(errorFields(error), 'cannot look for deliveries');
      }
      await Promise.race([woken.promise, pause(waitMs, lifecycle.signal)]);
    }
    await Promise.all(underWay);
  };
  const running = loop();
  lifecycle.onDrain('deliveries of webhooks', () => running);
  return { wake };
}

async function work(deps: Parameters<typeof startDeliveries>[0], claim: Claim): Promise<void> {
  const { database, secrets, send, onOutcome, failpoint } = deps;
  const { delivery } = claim;
  if (!delivery) return endEmptyClaim(database, claim);
  const at = new Date();
  const attempt = await sendSigned({ secrets, send }, claim, delivery, at);
  failpoint('webhook.sent');
  const entry: AttemptEntry = { at: at.toISOString(), ms: Date.now() - at.getTime(), ...attempt };
  if (attempt.status !== null && attempt.status >= 200 && attempt.status < 300) {
    await markDelivered(database, claim, delivery.id, entry);
    onOutcome('delivered');
    return;
  }
  const state = await markFailed(database, claim, delivery.id, {
    entry,
    delaySeconds: delayAfter(claim.failures),
    isGone: attempt.status === GONE,
  });
  onOutcome(state === 'given_up' ? 'given_up' : 'failed');
}

async function sendSigned(
  { secrets, send }: { secrets: SecretBox; send: SendWebhook },
  { url, secrets: sealed }: Claim,
  { eventId, payload }: NonNullable<Claim['delivery']>,
  at: Date,
): Promise<Attempt> {
  let opened: string[];
  try {
    opened = sealed.map(secrets.open);
  } catch (error) {
    return { status: null, error: error instanceof Error ? error.message : 'no secret', response: '' };
  }
  const signature = signWebhook({ id: eventId, payload, atMs: at.getTime() }, opened);
  const headers = { 'content-type': 'application/json', 'user-agent': 'ecs-webhooks', ...signature };
  return send({ url, headers, body: payload });
}

const DELAY_SECONDS_MAX = 60 * 60;

/** One second, doubled by each failure up to an hour; half of it by chance. */
export function delayAfter(failures: number): number {
  const full = Math.min(DELAY_SECONDS_MAX, 2 ** Math.min(failures, 20));
  return full * (0.5 + Math.random() / 2);
}
