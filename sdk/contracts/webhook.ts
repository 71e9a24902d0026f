import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, LIMITS, OrNull, Timestamp, Uuid } from './common.ts';
import { LINE } from './text.ts';
import { WEBHOOK_EVENT_TYPES } from './webhook-events.ts';

const EventType = Type.Union(WEBHOOK_EVENT_TYPES.map((type) => Type.Literal(type)));

const fields = {
  url: Type.String({
    minLength: 8,
    maxLength: 2048,
    pattern: '^https?://[\\x21-\\x7e]+$',
    description:
      'https, of a host with public addresses alone; refused where one is private, or there is none',
  }),
  event_types: Type.Array(EventType, { minItems: 1, maxItems: 20, uniqueItems: true }),
};
const description = Type.String({ maxLength: 200, pattern: `${LINE}|^$`, description: 'one line' });

export const NewWebhook = Closed(
  { ...fields, description: Type.Optional(description) },
  {
    examples: [
      {
        url: 'https://partner.example.com/hooks',
        event_types: ['limit.activated', 'limit.closed'],
        description: 'ledger',
      },
    ],
  },
);
export type NewWebhook = Static<typeof NewWebhook>;

export const WebhookChange = Closed(
  {
    url: Type.Optional(fields.url),
    event_types: Type.Optional(fields.event_types),
    description: Type.Optional(description),
    enabled: Type.Optional(Type.Boolean({ description: 'as the acts `enable` and `disable`' })),
  },
  { minProperties: 1, examples: [{ url: 'https://partner.example.com/hooks/v2' }] },
);
export type WebhookChange = Static<typeof WebhookChange>;

export const Webhook = Closed({
  webhook_id: Uuid,
  partner_id: OrNull(Type.String()),
  ...fields,
  description,
  state: Type.Union([Type.Literal('enabled'), Type.Literal('failing'), Type.Literal('disabled')], {
    description: '`failing`: the last attempts failed and go on; `disabled`: none is sent',
  }),
  disabled_by: OrNull(Type.Union([Type.Literal('act'), Type.Literal('gone')])),
  failing_since: OrNull(Timestamp),
  secret_before_until: OrNull(Timestamp),
  pending: Type.Integer({ description: 'deliveries that wait' }),
  created_by: Type.String(),
  created_at: Timestamp,
});
export type Webhook = Static<typeof Webhook>;

export const WebhookList = Closed({ items: Type.Array(Webhook) });
export type WebhookList = Static<typeof WebhookList>;

const secret = Type.String({ description: 'signs from now on; shown in this response only' });
export const WebhookWithSecret = Closed({ ...Webhook.properties, secret });
export type WebhookWithSecret = Static<typeof WebhookWithSecret>;

export const WebhookRotation = Closed(
  {
    grace_hours: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 168,
        default: 24,
        description: 'in which the secret before signs as well',
      }),
    ),
  },
  { examples: [{ grace_hours: 24 }] },
);
export type WebhookRotation = Static<typeof WebhookRotation>;

export const WebhookRemoved = Closed({ webhook_id: Uuid, status: Type.Literal('removed') });
export type WebhookRemoved = Static<typeof WebhookRemoved>;

const delivery = {
  delivery_id: Uuid,
  event_id: Uuid,
  event_type: Type.String(),
  user_id: OrNull(Uuid),
  state: Type.Union([Type.Literal('pending'), Type.Literal('delivered'), Type.Literal('given_up')]),
  attempts: Type.Integer(),
  last_status: OrNull(Type.Integer({ description: 'of the last attempt; null without a response' })),
  last_error: OrNull(Type.String()),
  last_attempt_at: OrNull(Timestamp),
  delivered_at: OrNull(Timestamp),
  created_at: Timestamp,
};
export const WebhookDeliveryLine = Closed(delivery);
export type WebhookDeliveryLine = Static<typeof WebhookDeliveryLine>;

export const WebhookDeliveryPage = Closed({
  items: Type.Array(WebhookDeliveryLine),
  next_cursor: OrNull(Type.Integer()),
});
export type WebhookDeliveryPage = Static<typeof WebhookDeliveryPage>;

export const WebhookAttempt = Closed({
  at: Timestamp,
  status: OrNull(Type.Integer()),
  ms: Type.Integer(),
  error: OrNull(Type.String()),
  response: Type.String({ description: 'its first 1 kB' }),
});
export type WebhookAttempt = Static<typeof WebhookAttempt>;

export const WebhookDelivery = Closed({
  ...delivery,
  payload: Type.String({ description: 'as it is sent' }),
  log: Type.Array(WebhookAttempt, { description: 'the newest attempts, oldest first' }),
});
export type WebhookDelivery = Static<typeof WebhookDelivery>;

export const WebhookDeliveriesQuery = Closed({
  state: Type.Optional(
    Type.Union([Type.Literal('pending'), Type.Literal('delivered'), Type.Literal('given_up')]),
  ),
  cursor: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pageSizeMax, default: 20 })),
});
export type WebhookDeliveriesQuery = Static<typeof WebhookDeliveriesQuery>;

export const WebhookRedelivery = Closed(
  {
    delivery_id: Type.Optional(Uuid),
    since: Type.Optional(Timestamp),
    until: Type.Optional(Timestamp),
  },
  {
    description: 'One delivery; or events of a time range, also those that were never sent.',
    examples: [{ since: '2026-11-23T09:00:00.000Z', until: '2026-11-23T10:00:00.000Z' }],
  },
);
export type WebhookRedelivery = Static<typeof WebhookRedelivery>;

export const WebhookRedelivered = Closed({ webhook_id: Uuid, deliveries: Type.Integer() });
export type WebhookRedelivered = Static<typeof WebhookRedelivered>;

export const WebhookEventsQuery = Closed({
  /** A minute ago by default. */
  since: Type.Optional(Timestamp),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pageSizeMax, default: 100 })),
});
export type WebhookEventsQuery = Static<typeof WebhookEventsQuery>;

export const WebhookEvents = Closed({
  items: Type.Array(
    Closed({ event_id: Uuid, event_type: Type.String(), at: Timestamp, payload: Type.String() }),
  ),
});
export type WebhookEvents = Static<typeof WebhookEvents>;

export const WEBHOOK_EXAMPLE: Webhook = {
  webhook_id: '0198f3a5-2b00-7c3d-8e4f-5a6b7c8d9e0f',
  partner_id: null,
  url: 'https://partner.example.com/hooks',
  event_types: ['limit.activated', 'limit.closed'],
  description: 'ledger',
  state: 'enabled',
  disabled_by: null,
  failing_since: null,
  secret_before_until: null,
  pending: 0,
  created_by: 'ada',
  created_at: '2026-11-23T09:29:00.000Z',
};
export const WEBHOOK_WITH_SECRET_EXAMPLE = {
  ...WEBHOOK_EXAMPLE,
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
};
export const DELIVERY_EXAMPLE: WebhookDelivery = {
  delivery_id: '0198f3a5-3c00-7d4e-9f50-6b7c8d9e0f1a',
  event_id: '0198f3a4-0a00-7d55-9c3e-7a1b2c3d4e5f',
  event_type: 'limit.closed',
  user_id: '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a',
  state: 'delivered',
  attempts: 1,
  last_status: 200,
  last_error: null,
  last_attempt_at: '2026-11-23T09:32:10.300Z',
  delivered_at: '2026-11-23T09:32:10.300Z',
  created_at: '2026-11-23T09:32:10.100Z',
  payload: '{"id":"0198f3a4-0a00-7d55-9c3e-7a1b2c3d4e5f","type":"limit.closed"}',
  log: [{ at: '2026-11-23T09:32:10.300Z', status: 200, ms: 41, error: null, response: 'ok' }],
};
const { payload: _payload, log: _log, ...line } = DELIVERY_EXAMPLE;
export const DELIVERY_LINE_EXAMPLE: WebhookDeliveryLine = line;
