import * as OPERATOR_PATHS from '../contracts/operator-paths.ts';
import type { WebhookEvents, WebhookEventsQuery } from '../contracts/webhook.ts';
import type { ApiCall } from '../core/api-call.ts';
import type { CallOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';
import { createWebhooks, type Webhooks } from '../resources/webhooks.ts';

/** The endpoints of operators and partners; and the events of the system, for development. */
export interface OperatorWebhooks extends Webhooks {
  /**
   * Role `operator`. Returns events as endpoints get them, oldest first. Default: those of the last minute.
   */
  events(query?: WebhookEventsQuery, options?: CallOptions): ApiCall<WebhookEvents>;
}

export function createOperatorWebhooks(transport: Transport): OperatorWebhooks {
  const webhooks = createWebhooks(transport, {
    add: OPERATOR_PATHS.addWebhook,
    list: OPERATOR_PATHS.listWebhooks,
    get: OPERATOR_PATHS.getWebhook,
    remove: OPERATOR_PATHS.removeWebhook,
    change: OPERATOR_PATHS.changeWebhook,
    rotate: OPERATOR_PATHS.rotateWebhookSecret,
    disable: OPERATOR_PATHS.disableWebhook,
    enable: OPERATOR_PATHS.enableWebhook,
    test: OPERATOR_PATHS.testWebhook,
    deliveries: OPERATOR_PATHS.listWebhookDeliveries,
    delivery: OPERATOR_PATHS.getWebhookDelivery,
    redeliver: OPERATOR_PATHS.redeliverWebhook,
  });
  return {
    ...webhooks,
    events: (query, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.listWebhookEvents,
        query,
        options,
      }),
  };
}
