import { type Static, Type } from '@sinclair/typebox';
import { Closed, EventStatus, TimeAssigned, Timestamp, Uuid } from './common.ts';

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
    eventId: Type.Optional(Uuid),
    occurredAt: Type.Optional(Timestamp),
    occurredAtAssigned: TimeAssigned,
  },
  { examples: [{ userId: '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a', amount: 42.5 }] },
);
export type Transaction = Static<typeof Transaction>;

export const TransactionReceived = Closed({ status: EventStatus, userId: Uuid, eventId: Uuid });
export type TransactionReceived = Static<typeof TransactionReceived>;
