import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import {
  BATCH_EXAMPLE,
  BatchReceived,
  Closed,
  EventStatus,
  TimeAssigned,
  Timestamp,
  Uuid,
  EventId,
} from './common.ts';
import { defineEndpoints, json, ndjson, response } from './endpoint.ts';
import { EXAMPLE } from './examples.ts';

export const Transaction = Closed(
  {
    userId: Uuid,
    /**
     * At most 2 decimals; checked besides the schema, since a binary fraction has no exact multiple of 0.01.
     */
    amount: Type.Number({
      exclusiveMinimum: 0,
      maximum: 999_999_999.99,
      description: 'more than 0, at most 2 decimals',
    }),
    eventId: EventId,
    occurredAt: Type.Optional(Timestamp),
    occurredAtAssigned: TimeAssigned,
  },
  { examples: [{ userId: '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a', amount: 42.5 }] },
);
export type Transaction = Static<typeof Transaction>;

export const TransactionReceived = Closed({ status: EventStatus, userId: Uuid, eventId: Uuid });
export type TransactionReceived = Static<typeof TransactionReceived>;

export const TRANSACTION_ENDPOINTS = defineEndpoints({
  sendTransaction: {
    method: 'POST',
    path: '/v1/transactions',
    summary: 'Send one transaction',
    tag: 'transactions',
    auth: 'internal-or-bearer',
    scope: 'transactions:write',
    service: 'transaction-ingestion',
    priority: 'normal',
    body: json(Transaction),
    response: response(
      202,
      TransactionReceived,
      'The transaction is in the stream and will be stored exactly once',
      { status: 'event received', userId: EXAMPLE.userId, eventId: EXAMPLE.eventId },
    ),
    problems: ['not_your_user'],
  },
  sendTransactionBatch: {
    method: 'POST',
    path: '/v1/transactions/batch',
    summary: 'Send up to 1,000 transactions, one JSON object per line',
    tag: 'transactions',
    auth: 'internal-or-bearer',
    scope: 'transactions:write',
    service: 'transaction-ingestion',
    priority: 'normal',
    body: ndjson(Transaction),
    response: response(
      202,
      BatchReceived,
      'The good lines are in the stream; the others are listed',
      BATCH_EXAMPLE,
    ),
    problems: ['not_your_user'],
  },
});
