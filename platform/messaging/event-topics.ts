import { type Static, Type } from '@sinclair/typebox';
import { FactSource, Timestamp, Uuid } from '../../sdk/contracts/common.ts';
import { EmotionEvent } from '../../sdk/contracts/emotion.ts';
import { Transaction } from '../../sdk/contracts/transaction.ts';
import { MIB, type Topic } from './topic.ts';

/** Events of customers: a line each in the messages of their topics. */

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

export const EVENT_TOPICS = {
  emotions: {
    stream: 'emotions',
    subject: 'user.emotions.topic',
    message: {
      name: 'EmotionMessage',
      title: 'Emotion events, one per line, each acknowledged to its sender',
      schema: EmotionMessage,
      contentType: 'application/x-ndjson',
    },
    publishers: ['emotion-ingestion'],
    durables: ['emotion-processing'],
    listeners: [],
    bytesMax: 1024 * MIB,
    isPartitioned: true,
  },
  transactions: {
    stream: 'transactions',
    subject: 'transactions.topic',
    message: {
      name: 'TransactionMessage',
      title: 'Transactions, one per line, each acknowledged to its sender',
      schema: TransactionMessage,
      contentType: 'application/x-ndjson',
    },
    publishers: ['transaction-ingestion'],
    durables: ['transaction-processing'],
    listeners: [],
    bytesMax: 1024 * MIB,
    isPartitioned: true,
  },
} as const satisfies Record<string, Topic>;
