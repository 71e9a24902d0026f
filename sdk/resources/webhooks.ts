import type {
  NewWebhook,
  Webhook,
  WebhookChange,
  WebhookDeliveriesQuery,
  WebhookDelivery,
  WebhookDeliveryPage,
  WebhookList,
  WebhookRedelivered,
  WebhookRedelivery,
  WebhookRemoved,
  WebhookRotation,
  WebhookWithSecret,
} from '../contracts/webhook.ts';
import type { Query } from '../core/call.ts';
import type { ApiCall } from '../core/api-call.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/**
 * Endpoints that events are sent to, and the log of their deliveries. A partner with the scope
 * `webhooks:manage` sees its own endpoints; operators see all, and change them with the role `operator`. Each
 * method with a `webhookId` throws NotFoundError `webhook_not_found` for an unknown one.
 */
export interface Webhooks {
  /**
   * Adds an endpoint; its `secret` is in this response only.
   *
   * @throws ValidationError for a URL that is private or not https, ConflictError `webhook_limit_reached`
   */
  add(webhook: NewWebhook, options?: WriteOptions): ApiCall<WebhookWithSecret>;
  /** Lists the endpoints, oldest first. */
  list(options?: CallOptions): ApiCall<WebhookList>;
  /** Returns an endpoint, without its secret. */
  get(webhookId: string, options?: CallOptions): ApiCall<Webhook>;
  /** Removes an endpoint with its deliveries. */
  remove(webhookId: string, options?: CallOptions): ApiCall<WebhookRemoved>;
  /**
   * Changes URL, events, description or state. Pending deliveries go to a new URL at once; an added type of
   * events counts from now on.
   *
   * @throws ValidationError for a URL that is private or not https
   */
  change(webhookId: string, change: WebhookChange, options?: CallOptions): ApiCall<Webhook>;
  /** Makes a new secret; the previous one signs as well for `grace_hours`, 24 by default. */
  rotate(webhookId: string, rotation?: WebhookRotation, options?: WriteOptions): ApiCall<WebhookWithSecret>;
  /** Stops sending; pending deliveries are kept. */
  disable(webhookId: string, options?: WriteOptions): ApiCall<Webhook>;
  /** Resumes sending: pending deliveries at once, then new events. */
  enable(webhookId: string, options?: WriteOptions): ApiCall<Webhook>;
  /** Sends `webhook.test` once; `delivery` returns its outcome a moment later. */
  test(webhookId: string, options?: WriteOptions): ApiCall<WebhookDelivery>;
  /** Returns a page of the log, newest first. */
  deliveries(
    webhookId: string,
    query?: WebhookDeliveriesQuery,
    options?: CallOptions,
  ): ApiCall<WebhookDeliveryPage>;
  /**
   * Returns a delivery with its payload and attempts.
   *
   * @throws NotFoundError `delivery_not_found`
   */
  delivery(webhookId: string, deliveryId: string, options?: CallOptions): ApiCall<WebhookDelivery>;
  /**
   * Sends a delivery again, or the events of a time range.
   *
   * @throws NotFoundError `delivery_not_found`
   */
  redeliver(
    webhookId: string,
    redelivery: WebhookRedelivery,
    options?: WriteOptions,
  ): ApiCall<WebhookRedelivered>;
}

type Paths = Record<
  | 'add'
  | 'list'
  | 'get'
  | 'remove'
  | 'change'
  | 'rotate'
  | 'disable'
  | 'enable'
  | 'test'
  | 'deliveries'
  | 'delivery'
  | 'redeliver',
  string
>;

/** The calls under the paths of operators, or of partners. */
export function createWebhooks(transport: Transport, paths: Paths): Webhooks {
  const get = <T>(path: string, params: Record<string, string>, options?: CallOptions, query?: Query) =>
    transport.request<T>({ method: 'GET', path, params, query, options });
  const post = <T>(path: string, params: Record<string, string>, body?: object, options?: WriteOptions) =>
    transport.request<T>({
      method: 'POST',
      path,
      params,
      ...(body ? { json: body } : {}),
      options,
    });
  const of = (webhookId: string) => ({ webhook_id: webhookId });
  return {
    add: (webhook, options) => post(paths.add, {}, webhook, options),
    list: (options) => get(paths.list, {}, options),
    get: (id, options) => get(paths.get, of(id), options),
    remove: (id, options) =>
      transport.request({ method: 'DELETE', path: paths.remove, params: of(id), options }),
    change: (id, change, options) =>
      transport.request({ method: 'PATCH', path: paths.change, params: of(id), json: change, options }),
    rotate: (id, rotation, options) => post(paths.rotate, of(id), rotation ?? {}, options),
    disable: (id, options) => post(paths.disable, of(id), undefined, options),
    enable: (id, options) => post(paths.enable, of(id), undefined, options),
    test: (id, options) => post(paths.test, of(id), undefined, options),
    deliveries: (id, query, options) => get(paths.deliveries, of(id), options, query),
    delivery: (id, deliveryId, options) =>
      get(paths.delivery, { ...of(id), delivery_id: deliveryId }, options),
    redeliver: (id, redelivery, options) => post(paths.redeliver, of(id), redelivery, options),
  };
}
