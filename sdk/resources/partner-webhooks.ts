import * as PATHS from '../contracts/paths.ts';
import type { Transport } from '../core/transport.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

export type { Webhooks };

export const createPartnerWebhooks = (transport: Transport): Webhooks =>
  createWebhooks(transport, {
    add: PATHS.addOwnWebhook,
    list: PATHS.listOwnWebhooks,
    get: PATHS.getOwnWebhook,
    remove: PATHS.removeOwnWebhook,
    change: PATHS.changeOwnWebhook,
    rotate: PATHS.rotateOwnWebhookSecret,
    disable: PATHS.disableOwnWebhook,
    enable: PATHS.enableOwnWebhook,
    test: PATHS.testOwnWebhook,
    deliveries: PATHS.listOwnWebhookDeliveries,
    delivery: PATHS.getOwnWebhookDelivery,
    redeliver: PATHS.redeliverOwnWebhook,
  });
