import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, EmailAddress, Timestamp, Uuid } from './common.ts';
import { Consents } from './consent.ts';
import { defineEndpoints, OWNER, response } from './endpoint.ts';
import { EXAMPLE } from './examples.ts';
import { Jurisdiction, Locale } from './jurisdiction.ts';

export const Customer = Closed({
  id: Uuid,
  email: EmailAddress,
  jurisdiction: Type.Union([Jurisdiction, Type.Null()], { description: 'null when none was given' }),
  locale: Locale,
  consents: Consents,
  exposure: Type.Number({ description: "the sum of the customer's accepted and active limits" }),
  exposure_max: Type.Number({ description: 'the highest sum that the active policy grants' }),
  created_at: Timestamp,
});
export type Customer = Static<typeof Customer>;

export const CUSTOMER_ENDPOINTS = defineEndpoints({
  getCustomer: {
    method: 'GET',
    path: '/v1/users/{user_id}',
    summary: 'The customer, with the sum of the limits and the highest sum that is granted',
    tag: 'customers',
    auth: 'bearer',
    service: 'credit',
    priority: 'normal',
    params: { user_id: OWNER },
    response: response(200, Customer, 'The customer', {
      id: EXAMPLE.userId,
      email: 'ada@example.com',
      jurisdiction: 'BR',
      locale: 'pt-BR',
      consents: {
        emotion_capture: {
          purpose: 'emotion_capture',
          granted: true,
          text_version: '2026-11',
          given_at: '2026-11-23T09:29:00.000Z',
          withdrawn_at: null,
        },
      },
      exposure: 7500,
      exposure_max: 10_000,
      created_at: '2026-11-23T09:29:00.000Z',
    }),
    problems: ['policy_unavailable'],
  },
});
