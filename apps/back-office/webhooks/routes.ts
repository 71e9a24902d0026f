import { type AnyElysia, Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { Call } from '../../../platform/http/call.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { toListPage } from '../../../platform/http/list-page.ts';
import { requireOperator } from '../../../platform/http/principal.ts';
import type { HeldKey } from '../../../platform/idempotency/idempotency-store.ts';
import type { Idempotency } from '../../../platform/idempotency/idempotency.ts';
import { selectDeliveries, selectEvents } from './delivery-log-store.ts';
import { type Owner, selectWebhooks } from './endpoint-store.ts';
import type { ManageWebhooks } from './manage-webhooks.ts';

export interface WebhookFlows {
  database: Database;
  idempotency: Idempotency;
  webhooks: ManageWebhooks;
}

/** Events that a request without a time asks for. */
const RECENT_MS = 60_000;

/** For operators, with all endpoints; and for partners, each with its own. */
export function webhookRoutes(plugin: Contract, flows: WebhookFlows) {
  return new Elysia({ name: 'webhooks' })
    .use(webhookEvents(plugin, flows))
    .use(webhookReads(plugin, flows, ENDPOINTS))
    .use(webhookActs(plugin, flows, ENDPOINTS))
    .use(webhookSends(plugin, flows, ENDPOINTS))
    .use(webhookReads(plugin, flows, OWN))
    .use(webhookActs(plugin, flows, OWN))
    .use(webhookSends(plugin, flows, OWN));
}

const OWN = {
  addWebhook: ENDPOINTS.addOwnWebhook,
  listWebhooks: ENDPOINTS.listOwnWebhooks,
  getWebhook: ENDPOINTS.getOwnWebhook,
  removeWebhook: ENDPOINTS.removeOwnWebhook,
  changeWebhook: ENDPOINTS.changeOwnWebhook,
  rotateWebhookSecret: ENDPOINTS.rotateOwnWebhookSecret,
  disableWebhook: ENDPOINTS.disableOwnWebhook,
  enableWebhook: ENDPOINTS.enableOwnWebhook,
  testWebhook: ENDPOINTS.testOwnWebhook,
  listWebhookDeliveries: ENDPOINTS.listOwnWebhookDeliveries,
  getWebhookDelivery: ENDPOINTS.getOwnWebhookDelivery,
  redeliverWebhook: ENDPOINTS.redeliverOwnWebhook,
};
type WebhookEndpoints = Pick<typeof ENDPOINTS, keyof typeof OWN> | typeof OWN;

function ownerOf({ principal }: Call, held: HeldKey | null = null): Owner {
  if (principal.kind === 'partner') {
    // An act of a partner's system: operators and customers are people.
    return {
      partnerId: principal.id,
      actor: { kind: 'system', name: principal.id },
      name: principal.id,
      held,
    };
  }
  const { name } = requireOperator(principal);
  return { partnerId: null, actor: { kind: 'operator', name }, name, held };
}

function webhookEvents(plugin: Contract, { database }: WebhookFlows) {
  const { listWebhookEvents } = ENDPOINTS;
  return new Elysia({ name: 'webhook events' }).use(plugin).get(
    elysiaPath(listWebhookEvents.path),
    async ({ query: { since, page_size: limit = 100 } }) => {
      const sinceMs = since === undefined ? Date.now() - RECENT_MS : Date.parse(since);
      return { items: await selectEvents(database, { sinceMs, limit }) };
    },
    contract(listWebhookEvents),
  );
}

function webhookReads(plugin: Contract, { database, webhooks }: WebhookFlows, endpoints: WebhookEndpoints) {
  const { listWebhooks, getWebhook, listWebhookDeliveries, getWebhookDelivery } = endpoints;
  return new Elysia({ name: `reads of ${listWebhooks.path}` })
    .use(plugin)
    .get(
      elysiaPath(listWebhooks.path),
      async ({ call }) => ({ items: await selectWebhooks(database, ownerOf(call)) }),
      contract(listWebhooks),
    )
    .get(
      elysiaPath(getWebhook.path),
      async ({ call, params }) => ({ ...(await webhooks.get(ownerOf(call), params.webhook_id)) }),
      contract(getWebhook),
    )
    .get(
      elysiaPath(listWebhookDeliveries.path),
      async ({ call, params, query: { page_size: size = 20, ...filter } }) => {
        await webhooks.get(ownerOf(call), params.webhook_id);
        const rows = await selectDeliveries(database, params.webhook_id, { ...filter, size: size + 1 });
        const page = toListPage(rows, size, ({ sequence }) => sequence);
        return { ...page, items: page.items.map(({ sequence: _sequence, ...line }) => line) };
      },
      contract(listWebhookDeliveries),
    )
    .get(
      elysiaPath(getWebhookDelivery.path),
      async ({ call, params }) => ({
        ...(await webhooks.getDelivery(ownerOf(call), params.webhook_id, params.delivery_id)),
      }),
      contract(getWebhookDelivery),
    );
}

function webhookActs(plugin: Contract, { idempotency, webhooks }: WebhookFlows, endpoints: WebhookEndpoints) {
  const { addWebhook, removeWebhook, changeWebhook, rotateWebhookSecret, disableWebhook, enableWebhook } =
    endpoints;
  return new Elysia({ name: `acts of ${addWebhook.path}` })
    .use(plugin)
    .post(
      elysiaPath(addWebhook.path),
      async ({ call, body }) =>
        idempotency.once(call, 200, async (held) => ({ ...(await webhooks.add(ownerOf(call, held), body)) })),
      contract(addWebhook),
    )
    .delete(
      elysiaPath(removeWebhook.path),
      async ({ call, params }) => {
        await webhooks.remove(ownerOf(call), params.webhook_id);
        return { webhook_id: params.webhook_id, status: 'removed' };
      },
      contract(removeWebhook),
    )
    .patch(
      elysiaPath(changeWebhook.path),
      async ({ call, params, body }) => ({
        ...(await webhooks.change(ownerOf(call), params.webhook_id, body)),
      }),
      contract(changeWebhook),
    )
    .post(
      elysiaPath(rotateWebhookSecret.path),
      async ({ call, params, body }) =>
        idempotency.once(call, 200, async (held) => ({
          ...(await webhooks.rotate(ownerOf(call, held), params.webhook_id, body?.grace_hours ?? 24)),
        })),
      contract(rotateWebhookSecret),
    )
    .post(
      elysiaPath(disableWebhook.path),
      async ({ call, params }) =>
        idempotency.once(call, 200, async (held) => ({
          ...(await webhooks.disable(ownerOf(call, held), params.webhook_id)),
        })),
      contract(disableWebhook),
    )
    .post(
      elysiaPath(enableWebhook.path),
      async ({ call, params }) =>
        idempotency.once(call, 200, async (held) => ({
          ...(await webhooks.enable(ownerOf(call, held), params.webhook_id)),
        })),
      contract(enableWebhook),
    );
}

function webhookSends(
  plugin: Contract,
  { idempotency, webhooks }: WebhookFlows,
  endpoints: WebhookEndpoints,
): AnyElysia {
  const { testWebhook, redeliverWebhook } = endpoints;
  return new Elysia({ name: `sends of ${testWebhook.path}` })
    .use(plugin)
    .post(
      elysiaPath(testWebhook.path),
      async ({ call, params }) =>
        idempotency.once(call, 200, async (held) => ({
          ...(await webhooks.test(ownerOf(call, held), params.webhook_id)),
        })),
      contract(testWebhook),
    )
    .post(
      elysiaPath(redeliverWebhook.path),
      async ({ call, params, body }) =>
        idempotency.once(call, 200, async (held) => ({
          webhook_id: params.webhook_id,
          deliveries: await webhooks.redeliver(ownerOf(call, held), params.webhook_id, body),
        })),
      contract(redeliverWebhook),
    );
}
