import type { TSchema } from '@sinclair/typebox';
import { EXAMPLE } from '../../../sdk/contracts/examples.ts';
import {
  CreditDenied,
  LimitActivated,
  LimitClosed,
  OfferAccepted,
  ReviewDecided,
  type WebhookEvent,
  WebhookTest,
} from '../../../sdk/contracts/webhook-events.ts';
import type { Schemas } from './schemas.ts';

type EventName = WebhookEvent['type'];

const NOTIFICATION_ID = '0198f3a4-1100-7a2b-8c3d-4e5f6a7b8c9d';
const OFFER = { user_id: EXAMPLE.userId, offer_id: EXAMPLE.offerId };
const TERMS = { credit_limit: 2500, interest_rate: 14.5, credit_type: 'LONG_TERM_PERSONAL_LOAN' };
const ANALYSIS = { user_id: EXAMPLE.userId, analysis_id: '0198f3a2-9e00-7c11-8b22-3c4d5e6f7a8b' };

/** Each event by the schema that `verifyWebhook` has its type from. */
const EVENTS: Record<EventName, { schema: TSchema; summary: string; data: object }> = {
  'offer.accepted': {
    schema: OfferAccepted,
    summary: 'A customer has accepted an offer',
    data: { ...OFFER, ...TERMS },
  },
  'limit.activated': {
    schema: LimitActivated,
    summary: 'A limit can be used',
    data: { ...OFFER, notification_id: NOTIFICATION_ID, ...TERMS },
  },
  'limit.closed': {
    schema: LimitClosed,
    summary: 'A limit was closed',
    data: { ...OFFER, notification_id: NOTIFICATION_ID },
  },
  'credit.denied': {
    schema: CreditDenied,
    summary: 'An application was denied',
    data: { ...ANALYSIS, notification_id: NOTIFICATION_ID },
  },
  'review.decided': {
    schema: ReviewDecided,
    summary: 'A person has decided a review; without an offer the denial stands',
    data: { ...ANALYSIS, offer_id: null, notification_id: NOTIFICATION_ID },
  },
  'webhook.test': { schema: WebhookTest, summary: 'A test send', data: {} },
};

/** The `webhooks` of OpenAPI 3.1: requests to the endpoint of a receiver. */
export function createWebhooks(schemas: Schemas): Record<string, unknown> {
  return Object.fromEntries(
    EVENT_NAMES.map((type) => [
      type,
      {
        post: {
          operationId: nameOf(type),
          summary: EVENTS[type].summary,
          description: DESCRIPTION,
          tags: ['webhooks'],
          security: [],
          parameters: PARAMETERS,
          requestBody: {
            required: true,
            content: {
              'application/json': { schema: schemas.of(schemaOf(type)), example: exampleOf(type) },
            },
          },
          responses: RESPONSES,
        },
      },
    ]),
  );
}

const nameOf = (type: EventName) =>
  `receive${type.replace(/(?:^|\.)(\w)/g, (_, letter: string) => letter.toUpperCase())}`;

/** Returns an event as it is sent. */
const exampleOf = (type: EventName) =>
  ({ id: ID, type, timestamp: '2026-11-23T09:32:10.000Z', data: EVENTS[type].data }) as WebhookEvent;

export const schemaOf = (type: EventName): TSchema => EVENTS[type].schema;
export const EVENT_NAMES = Object.keys(EVENTS) as EventName[];

const ID = '0198f3a4-0a00-7d55-9c3e-7a1b2c3d4e5f';
const DESCRIPTION =
  'Signed as Standard Webhooks, in order for each customer, sent again for a day until the response is ' +
  '2xx. The same `webhook-id` can come twice. `verifyWebhook` of the SDK returns the event.';

const header = (name: string, description: string, schema: object, example: string) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema,
  example,
});
const PARAMETERS = [
  header('webhook-id', 'The id of the event.', { type: 'string', format: 'uuid' }, ID),
  header(
    'webhook-timestamp',
    'Of the attempt, in seconds; one of more than 5 minutes is a replay.',
    { type: 'string', pattern: String.raw`^\d{1,12}$` },
    '1795426330',
  ),
  header(
    'webhook-signature',
    'One or several of `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64, with spaces between.',
    { type: 'string' },
    'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
  ),
];

const RESPONSES = {
  '2XX': { description: 'It was taken: no more is sent of it' },
  410: { description: 'The endpoint is gone: it is disabled' },
  '4XX': { description: 'As any other response it is a failure: it is sent again' },
};
