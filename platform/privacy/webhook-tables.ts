import { type TableHolding, words } from './holding.ts';

/** The tables of webhooks with rows of customers. */
export const WEBHOOK_TABLES: readonly TableHolding[] = [
  {
    table: 'webhook_deliveries',
    content: 'events sent to endpoints of operators and partners, with the log of their attempts',
    purpose: 'delivery',
    kept: '30 days',
    erasure: 'delete',
    owner: { column: 'user_id' },
    personal: words(`
      id event_id user_id event_type payload state attempts delivered_at created_at`),
    internal: ['sequence', 'endpoint_id', 'log', 'retry_until'],
    order: ['id'],
  },
  {
    table: 'webhook_lanes',
    content: "the queue of a customer's events at an endpoint",
    purpose: 'delivery',
    kept: '30 days',
    erasure: 'delete',
    owner: { column: 'user_id' },
    personal: ['user_id', 'next_at'],
    internal: ['endpoint_id', 'version', 'claims', 'claimed_until', 'failures'],
    order: ['endpoint_id'],
  },
];
