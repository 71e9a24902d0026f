import { type Static, Type } from '@sinclair/typebox';
import { FactSource, Timestamp, Uuid } from '../../sdk/contracts/common.ts';
import { EmotionEvent } from '../../sdk/contracts/emotion.ts';
import { Transaction } from '../../sdk/contracts/transaction.ts';

/** The messages of events: a line each in their topics. */

/** Optional, since messages of the version that kept no sources have none: those count as the customer's. */
const SourceOfMessage = Type.Optional(FactSource);

export const EmotionMessage = Type.Object({
  ...EmotionEvent.properties,
  eventId: Uuid,
  traceId: Type.String(),
  source: SourceOfMessage,
});
export type EmotionMessage = Static<typeof EmotionMessage>;

export const TransactionMessage = Type.Object({
  ...Transaction.properties,
  eventId: Uuid,
  occurredAt: Timestamp,
  traceId: Type.String(),
  source: SourceOfMessage,
});
export type TransactionMessage = Static<typeof TransactionMessage>;
