import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, Timestamp, Uuid } from './common.ts';
import { defineEndpoints, json, OWNER, response } from './endpoint.ts';
import { EXAMPLE } from './examples.ts';

const About = Closed({
  content: Type.String(),
  purpose: Type.String({ description: 'why it is held' }),
  kept: Type.String({ description: 'how long' }),
  erasure: Type.String({ description: '`delete`, or `anonymize`: kept without identity and emotions' }),
});

export const CustomerExport = Closed({
  format: Type.Literal('ecs-export-1'),
  user_id: Uuid,
  exported_at: Timestamp,
  about: Type.Record(Type.String(), About, { description: 'by the names in `data`' }),
  data: Type.Record(Type.String(), Type.Array(Type.Record(Type.String(), Type.Unknown())), {
    description: 'the rows of each table that are of the customer, under the names of their columns',
  }),
});
export type CustomerExport = Static<typeof CustomerExport>;

export const ErasureRequest = Closed(
  { password: Type.String({ minLength: 1, maxLength: 128, description: 'of the account' }) },
  { examples: [{ password: 'a long passphrase' }] },
);
export type ErasureRequest = Static<typeof ErasureRequest>;

export const CustomerErasure = Closed({
  status: Type.Literal('erasure is being processed'),
  user_id: Uuid,
});
export type CustomerErasure = Static<typeof CustomerErasure>;

export const PRIVACY_ENDPOINTS = defineEndpoints({
  eraseCustomer: {
    method: 'DELETE',
    path: '/v1/users/{user_id}',
    summary:
      'Erase the customer everywhere, for good: every token is void at once, and open limits are closed',
    tag: 'customers',
    auth: 'bearer',
    takesVoidTokens: true,
    service: 'credit',
    priority: 'normal',
    params: { user_id: OWNER },
    body: json(ErasureRequest),
    response: response(202, CustomerErasure, 'The customer is being erased', {
      status: 'erasure is being processed',
      user_id: EXAMPLE.userId,
    }),
    problems: ['invalid_credentials', 'too_many_attempts'],
  },
  exportCustomer: {
    method: 'GET',
    path: '/v1/users/{user_id}/export',
    summary: 'Everything stored about the customer, as one streamed document',
    tag: 'customers',
    auth: 'bearer',
    service: 'privacy',
    priority: 'low',
    params: { user_id: OWNER },
    response: response(200, CustomerExport, 'The document', {
      format: 'ecs-export-1',
      user_id: EXAMPLE.userId,
      exported_at: '2026-11-23T09:29:00.000Z',
      about: {
        transactions: {
          content: 'each transaction',
          purpose: 'underwriting',
          kept: '13 months',
          erasure: 'delete',
        },
      },
      data: { transactions: [{ id: EXAMPLE.eventId, user_id: EXAMPLE.userId, amount: 150 }] },
    }),
    problems: ['too_many_streams'],
  },
});
