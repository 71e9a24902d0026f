import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Timestamp, Uuid } from './common.ts';
import { CreditType } from './credit.ts';

/**
 * The events that webhooks carry: the customer's id, ids of things, and terms; no text, reason or emotion. A
 * receiver reads more by the API.
 */
const event = <const Name extends string, Data extends Parameters<typeof Type.Object>[0]>(
  type: Name,
  data: Data,
) =>
  Type.Object({
    /** The same as the header `webhook-id`. */
    id: Uuid,
    type: Type.Literal(type),
    /** Of the event, not of the attempt. */
    timestamp: Timestamp,
    data: Type.Object(data),
  });

const terms = { credit_limit: Type.Number(), interest_rate: Type.Number(), credit_type: CreditType };

export const OfferAccepted = event('offer.accepted', { user_id: Uuid, offer_id: Uuid, ...terms });
export const LimitActivated = event('limit.activated', {
  user_id: Uuid,
  offer_id: Uuid,
  notification_id: Uuid,
  ...terms,
});
export const LimitClosed = event('limit.closed', {
  user_id: Uuid,
  offer_id: Uuid,
  notification_id: Uuid,
});
export const CreditDenied = event('credit.denied', {
  user_id: Uuid,
  analysis_id: Uuid,
  notification_id: Uuid,
});
export const ReviewDecided = event('review.decided', {
  user_id: Uuid,
  analysis_id: Uuid,
  /** Of an override; null where the denial stands. */
  offer_id: Type.Union([Uuid, Type.Null()]),
  notification_id: Uuid,
});
export const WebhookTest = event('webhook.test', {});

export const WebhookEvent = Type.Union([
  OfferAccepted,
  LimitActivated,
  LimitClosed,
  CreditDenied,
  ReviewDecided,
  WebhookTest,
]);
export type WebhookEvent = Static<typeof WebhookEvent>;

/** The types that an endpoint can ask for. */
export const WEBHOOK_EVENT_TYPES = [
  'offer.accepted',
  'limit.activated',
  'limit.closed',
  'credit.denied',
  'review.decided',
] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];
