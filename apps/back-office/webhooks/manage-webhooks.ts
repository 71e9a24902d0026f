import type { BlockList } from 'node:net';
import { parseTimestamp } from '../../../sdk/contracts/events/event-time.ts';
import type {
  NewWebhook,
  Webhook,
  WebhookChange,
  WebhookDelivery,
  WebhookRedelivery,
  WebhookWithSecret,
} from '../../../sdk/contracts/webhook.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { invalid, problem } from '../../../platform/kernel/errors.ts';
import { withDeadline } from '../../../platform/kernel/lifecycle.ts';
import { createQuota, requireQuota } from '../../../platform/resilience/quota.ts';
import { faultOfWebhookUrl } from '../../../platform/webhooks/webhook-address.ts';
import { createWebhookSecret, type SecretBox } from '../../../platform/webhooks/webhook-secret.ts';
import { redeliver, redeliverRange, REDELIVERIES_MAX, selectDelivery } from './delivery-log-store.ts';
import {
  insertTest,
  insertWebhook,
  type Owner,
  removeWebhook,
  selectWebhooks,
  updateWebhook,
} from './endpoint-store.ts';

export type ManageWebhooks = ReturnType<typeof createManageWebhooks>;

const LOOKUP_MS = 1500;
/** Per partner: each change is an act that is kept for good. */
const CHANGES = { perSecond: 1 / 6, burst: 200 };

/**
 * The acts on webhook endpoints. Each throws AppError 404 for an endpoint that the owner does not see, and
 * 429 `quota_exceeded` to a partner with too many of them.
 */
export function createManageWebhooks(deps: {
  database: Database;
  secrets: SecretBox;
  allowed: BlockList | null;
}) {
  const { database, secrets, allowed } = deps;
  const quota = createQuota(CHANGES);
  const requireTurn = ({ partnerId }: Owner): void => {
    if (partnerId !== null)
      requireQuota(quota, partnerId, 'The webhook endpoints of this partner change too often.');
  };
  const requireWebhook = <T>(webhook: T | null | undefined): T => {
    if (webhook === null || webhook === undefined) throw problem('webhook_not_found');
    return webhook;
  };
  const get = async (owner: Pick<Owner, 'partnerId'>, id: string): Promise<Webhook> =>
    requireWebhook((await selectWebhooks(database, owner, id))[0]);
  const getDelivery = async (
    owner: Pick<Owner, 'partnerId'>,
    id: string,
    deliveryId: string,
  ): Promise<WebhookDelivery> => {
    await get(owner, id);
    const delivery = await selectDelivery(database, id, deliveryId);
    if (!delivery) throw problem('delivery_not_found');
    return delivery;
  };
  return {
    get,
    getDelivery,
    async add(owner: Owner, webhook: NewWebhook): Promise<WebhookWithSecret> {
      requireTurn(owner);
      await requireOpenUrl(webhook.url, allowed);
      const secret = createWebhookSecret();
      const added = await insertWebhook(database, owner, webhook, secrets.seal(secret));
      if (!added) throw problem('webhook_limit_reached');
      return { ...added, secret };
    },
    async rotate(owner: Owner, id: string, graceHours: number): Promise<WebhookWithSecret> {
      requireTurn(owner);
      const secret = createWebhookSecret();
      const change = { act: 'webhook.rotate', sealed: secrets.seal(secret), graceHours } as const;
      return { ...requireWebhook(await updateWebhook(database, owner, id, change)), secret };
    },
    async change(owner: Owner, id: string, changes: WebhookChange): Promise<Webhook> {
      requireTurn(owner);
      if (changes.url !== undefined) await requireOpenUrl(changes.url, allowed);
      return requireWebhook(await updateWebhook(database, owner, id, { act: 'webhook.change', changes }));
    },
    async disable(owner: Owner, id: string): Promise<Webhook> {
      requireTurn(owner);
      return requireWebhook(await updateWebhook(database, owner, id, { act: 'webhook.disable' }));
    },
    async enable(owner: Owner, id: string): Promise<Webhook> {
      requireTurn(owner);
      return requireWebhook(await updateWebhook(database, owner, id, { act: 'webhook.enable' }));
    },
    async remove(owner: Owner, id: string): Promise<void> {
      requireTurn(owner);
      if (!(await removeWebhook(database, owner, id))) throw problem('webhook_not_found');
    },
    async test(owner: Owner, id: string): Promise<WebhookDelivery> {
      requireTurn(owner);
      const eventId = Bun.randomUUIDv7();
      const timestamp = new Date().toISOString();
      const payload = JSON.stringify({ id: eventId, type: 'webhook.test', timestamp, data: {} });
      const deliveryId = requireWebhook(await insertTest(database, owner, id, { eventId, payload }));
      return getDelivery(owner, id, deliveryId);
    },
    async redeliver(owner: Owner, id: string, which: WebhookRedelivery): Promise<number> {
      requireTurn(owner);
      const { delivery_id: deliveryId, since, until } = which;
      await get(owner, id);
      if ((deliveryId === undefined) === (since === undefined) || (deliveryId && until)) {
        throw invalid([{ path: '/body', message: 'names one delivery, or a time range' }]);
      }
      if (deliveryId !== undefined) {
        if (!(await redeliver(database, owner, id, deliveryId))) throw problem('delivery_not_found');
        return 1;
      }
      const range = {
        sinceMs: readTime('body/since', since ?? ''),
        untilMs: until === undefined ? null : readTime('body/until', until),
      };
      const count = await redeliverRange(database, owner, id, range);
      if (count !== null) return count;
      const message = `the range has more than ${REDELIVERIES_MAX} events: take a shorter one`;
      throw invalid([{ path: '/body/since', message }]);
    },
  };
}

/** Throws AppError for an address that no delivery may go to; each delivery looks again. */
async function requireOpenUrl(url: string, allowed: BlockList | null): Promise<void> {
  const looked = withDeadline(faultOfWebhookUrl(url, allowed), LOOKUP_MS, 'no lookup');
  const fault = await looked.catch(() => null);
  if (fault !== null) throw invalid([{ path: '/body/url', message: fault }]);
}

/** Throws AppError 422 for a date that does not exist. */
function readTime(name: string, text: string): number {
  const instant = parseTimestamp(text);
  if (instant) return instant.ms;
  throw invalid([{ path: `/${name}`, message: 'must be a date that exists' }]);
}
