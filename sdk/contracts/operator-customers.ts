import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, Timestamp, Uuid } from './common.ts';
import { defineEndpoints, idOf, json, response } from './endpoint.ts';
import { EXAMPLE } from './examples.ts';
import { LINE } from './text.ts';

const orNull = <Schema extends Type.TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

export const LimitLine = Closed({
  offer_id: Uuid,
  status: Type.String(),
  credit_limit: Type.Number(),
  interest_rate: Type.Number({ description: 'percent a year' }),
  activated_at: orNull(Timestamp),
  closed_at: orNull(Timestamp),
  closed_reason: orNull(Type.String()),
});
export type LimitLine = Static<typeof LimitLine>;

export const DecisionLine = Closed({
  analysis_id: Uuid,
  created_at: Timestamp,
  approved: Type.Boolean(),
  risk_score: Type.Number(),
  credit_limit: orNull(Type.Number()),
  policy_version: Type.String(),
  jurisdiction: orNull(Type.String()),
  emotion_effect: orNull(Type.String()),
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
  email: Type.String(),
  created_at: Timestamp,
  jurisdiction: Type.Union([Type.String(), Type.Null()], { description: 'null where nobody has said' }),
  locale: Type.String(),
  exposure: Type.Number({ description: "the sum of the customer's accepted and active limits" }),
  policy: Type.Union([CustomerPolicy, Type.Null()], { description: 'in force; null where none is active' }),
  limits: Type.Array(LimitLine),
  decisions: Type.Array(DecisionLine),
});
export type CustomerFacts = Static<typeof CustomerFacts>;

export const CustomerFactsQuery = Closed({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, default: 10, description: 'of limits and of decisions' }),
  ),
});
export type CustomerFactsQuery = Static<typeof CustomerFactsQuery>;

/** In a body, since addresses of requests end in logs. */
export const CustomerSearch = Closed(
  { email: Type.String({ minLength: 1, maxLength: 254, pattern: LINE }) },
  { examples: [{ email: 'ada@example.com' }] },
);
export type CustomerSearch = Static<typeof CustomerSearch>;

export const CustomerFound = Closed({ user_id: Uuid });
export type CustomerFound = Static<typeof CustomerFound>;

const SERVED = { tag: 'operators', auth: 'operator', service: 'back-office', priority: 'normal' } as const;

export const OPERATOR_CUSTOMER_ENDPOINTS = defineEndpoints({
  getCustomerAsOperator: {
    ...SERVED,
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
    }),
    problems: [],
  },
  findCustomer: {
    ...SERVED,
    method: 'POST',
    path: '/v1/operators/customer-searches',
    summary: 'Find a customer by the e-mail address',
    roles: ['viewer'],
    body: json(CustomerSearch),
    response: response(200, CustomerFound, 'The customer', { user_id: EXAMPLE.userId }),
    problems: ['user_not_found'],
  },
});
