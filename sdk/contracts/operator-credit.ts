import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, Uuid } from './common.ts';
import { CreditOffer } from './credit.ts';
import { defineEndpoints, idOf, json, response } from './endpoint.ts';
import { EXAMPLE } from './examples.ts';
import { Note } from './note.ts';

export const OperatorClosing = Closed({ reason: Note }, { examples: [{ reason: 'the customer has died' }] });
export type OperatorClosing = Static<typeof OperatorClosing>;

export const ClosedLimit = Closed({ user_id: Uuid, ...CreditOffer.properties, closed_reason: Type.String() });
export type ClosedLimit = Static<typeof ClosedLimit>;

export const OPERATOR_CREDIT_ENDPOINTS = defineEndpoints({
  closeLimitAsOperator: {
    method: 'POST',
    path: '/v1/operators/credit-offers/{offer_id}/close',
    summary: "Close a customer's active limit; the customer is notified",
    tag: 'operators',
    auth: 'operator',
    roles: ['operator'],
    service: 'credit',
    priority: 'normal',
    params: { offer_id: idOf('offer_not_found') },
    body: json(OperatorClosing),
    response: response(200, ClosedLimit, 'The offer, closed', {
      user_id: EXAMPLE.userId,
      offer_id: EXAMPLE.offerId,
      credit_limit: 8200,
      interest_rate: 7.7,
      credit_type: 'LONG_TERM_PERSONAL_LOAN',
      expires_at: '2026-11-30T09:31:00.000Z',
      status: 'closed',
      created_at: '2026-11-23T09:31:00.000Z',
      activated_at: '2026-11-23T09:32:10.000Z',
      closed_reason: 'closed_by_operator',
    }),
    problems: ['offer_not_open'],
  },
});
