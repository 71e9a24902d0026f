import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, EmailAddress, OrNull, Timestamp, Uuid } from './common.ts';
import { Consent } from './consent.ts';
import { OF_BACK_OFFICE, defineEndpoints, idOf, json, response } from './endpoint.ts';
import { EXAMPLE } from './examples.ts';
import { LINE } from './text.ts';

export const LimitLine = Closed({
  offer_id: Uuid,
  status: Type.String(),
  credit_limit: Type.Number(),
  interest_rate: Type.Number({ description: 'percent a year' }),
  activated_at: OrNull(Timestamp),
  closed_at: OrNull(Timestamp),
  closed_reason: OrNull(Type.String()),
});
export type LimitLine = Static<typeof LimitLine>;

export const DecisionLine = Closed({
  analysis_id: Uuid,
  created_at: Timestamp,
  approved: Type.Boolean(),
  risk_score: Type.Number(),
  credit_limit: OrNull(Type.Number()),
  policy_version: Type.String(),
  jurisdiction: OrNull(Type.String()),
  emotion_effect: OrNull(Type.String()),
  reasons: Type.Array(Type.String()),
});
export type DecisionLine = Static<typeof DecisionLine>;

export const CustomerPolicy = Closed({
  version: Type.String(),
  hash: Type.String(),
  active_for: Type.String({ description: 'its jurisdiction; `*` is every one that no other policy names' }),
  emotion_effect: Type.String(),
  exposure_max: Type.Number(),
});
export type CustomerPolicy = Static<typeof CustomerPolicy>;

export const CustomerFacts = Closed({
  id: Uuid,
  email: EmailAddress,
  created_at: Timestamp,
  jurisdiction: Type.Union([Type.String(), Type.Null()], { description: 'null when none was given' }),
  locale: Type.String(),
  exposure: Type.Number({ description: "the sum of the customer's accepted and active limits" }),
  policy: Type.Union([CustomerPolicy, Type.Null()], { description: 'in force; null where none is active' }),
  limits: Type.Array(LimitLine),
  decisions: Type.Array(DecisionLine),
  consents: Type.Array(Consent, { description: 'that the customer has given or withdrawn' }),
});
export type CustomerFacts = Static<typeof CustomerFacts>;

export const CustomerFactsQuery = Closed({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, default: 10, description: 'of limits and of decisions' }),
  ),
});
export type CustomerFactsQuery = Static<typeof CustomerFactsQuery>;

/** In a body, since addresses of requests end in logs. One of the two. */
export const CustomerSearch = Closed(
  {
    email: Type.Optional(Type.String({ minLength: 1, maxLength: 254, pattern: LINE })),
    id: Type.Optional(Uuid),
  },
  {
    minProperties: 1,
    maxProperties: 1,
    description:
      'by the e-mail address, or by any id of the customer: of an event, analysis, offer, review …',
    examples: [{ email: 'ada@example.com' }],
  },
);
export type CustomerSearch = Static<typeof CustomerSearch>;

export const CustomerFound = Closed({
  user_id: Uuid,
  kind: Type.String({
    description: 'of the id: customer, offer, analysis, review, notification, emotion or transaction',
  }),
});
export type CustomerFound = Static<typeof CustomerFound>;

export const TimelineEntry = Closed({
  at: OrNull(Timestamp),
  place: Type.String({ description: 'database, outbox or dead-letters' }),
  text: Type.String(),
  details: Type.Unknown({ description: 'the ids of the rows that it is about' }),
});
export type TimelineEntry = Static<typeof TimelineEntry>;

export const CustomerTimeline = Closed({
  items: Type.Array(TimelineEntry, { description: 'newest first; `at` is null for a step that is to come' }),
  notes: Type.Array(Type.String(), { description: 'sources that could not be read, or have more' }),
});
export type CustomerTimeline = Static<typeof CustomerTimeline>;

export const CustomerTimelineQuery = Closed({
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 500,
      default: 50,
      description: 'of events, decisions and offers each',
    }),
  ),
});
export type CustomerTimelineQuery = Static<typeof CustomerTimelineQuery>;

const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'a day of UTC' });
const Mean = Type.Number({ minimum: 0, maximum: 1, description: 'mean of the day, 0 to 1' });

export const CustomerDays = Closed({
  from: Day,
  until: Day,
  emotions: Type.Array(
    Closed({
      date: Day,
      events: Type.Integer(),
      positivity: Mean,
      intensity: Mean,
      stress: Mean,
      stressful_events: Type.Integer(),
    }),
  ),
  spending: Type.Array(
    Closed({
      date: Day,
      transactions: Type.Integer(),
      amount: Type.Number({ description: "sum of the day, in the account's currency" }),
    }),
  ),
});
export type CustomerDays = Static<typeof CustomerDays>;

export const CustomerDaysQuery = Closed({
  days: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 400, default: 90, description: 'up to today, of UTC' }),
  ),
});
export type CustomerDaysQuery = Static<typeof CustomerDaysQuery>;

export const OPERATOR_CUSTOMER_ENDPOINTS = defineEndpoints({
  getCustomerAsOperator: {
    ...OF_BACK_OFFICE,
    method: 'GET',
    path: '/v1/operators/customers/{user_id}',
    summary: 'A customer: limits, the policy in force, the last decisions',
    roles: ['viewer'],
    params: { user_id: idOf('user_not_found') },
    query: CustomerFactsQuery,
    response: response(200, CustomerFacts, 'The customer', {
      id: EXAMPLE.userId,
      email: 'ada@example.com',
      created_at: '2026-11-23T09:29:00Z',
      jurisdiction: 'BR',
      locale: 'pt-BR',
      exposure: 7500,
      policy: {
        version: 'v1',
        hash: '0'.repeat(64),
        active_for: '*',
        emotion_effect: 'help_only',
        exposure_max: 10_000,
      },
      limits: [],
      decisions: [],
      consents: [],
    }),
    problems: [],
  },
  findCustomer: {
    ...OF_BACK_OFFICE,
    method: 'POST',
    path: '/v1/operators/customer-searches',
    summary: 'Find a customer by the e-mail address, or by any id of theirs',
    roles: ['viewer'],
    body: json(CustomerSearch),
    response: response(200, CustomerFound, 'The customer', { user_id: EXAMPLE.userId, kind: 'customer' }),
    problems: ['user_not_found'],
  },
  getCustomerTimeline: {
    ...OF_BACK_OFFICE,
    method: 'GET',
    path: '/v1/operators/customers/{user_id}/timeline',
    summary: 'What happened to a customer, without emotions and amounts',
    roles: ['viewer'],
    params: { user_id: idOf('user_not_found') },
    query: CustomerTimelineQuery,
    response: response(200, CustomerTimeline, 'The timeline', {
      items: [
        {
          at: '2026-11-23T09:32:10.000000Z',
          place: 'database',
          text: `offer ${EXAMPLE.offerId} active`,
          details: { offerId: EXAMPLE.offerId },
        },
      ],
      notes: [],
    }),
    problems: [],
  },
  getCustomerDays: {
    ...OF_BACK_OFFICE,
    method: 'GET',
    path: '/v1/operators/customers/{user_id}/days',
    summary: "A customer's emotions and spending by day",
    // Reviews of denials and explanations of decisions need them; watching the system and its log does not.
    roles: ['operator', 'risk'],
    params: { user_id: idOf('user_not_found') },
    query: CustomerDaysQuery,
    response: response(200, CustomerDays, 'The days with events', {
      from: '2026-08-26',
      until: '2026-11-23',
      emotions: [
        {
          date: '2026-11-23',
          events: 12,
          positivity: 0.42,
          intensity: 0.5,
          stress: 0.2,
          stressful_events: 1,
        },
      ],
      spending: [{ date: '2026-11-23', transactions: 3, amount: 181.5 }],
    }),
    problems: [],
  },
});
